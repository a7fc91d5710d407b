import * as http from 'node:http';
import * as https from 'node:https';
import {
  type FunctionEvent,
  FunctionFailed,
  FunctionInvoker,
  FunctionTimedOut,
} from '@sendback/domain/gateway';
import { type Answer, Exchange } from './exchange';
import type { SigningSecret } from './signing-secret';

/** Calls beyond this many at once wait for a connection, within their time. */
const MAX_SOCKETS = 256;

/** Holds the largest event that a function may give back as it came, as the cloud's templates do. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Shorter than servers keep an idle connection (gunicorn 2 s, Node.js 5 s, nginx 75 s): see below. */
const MAX_IDLE_MS = 1_000;

export interface HttpFunctionOptions {
  /** `http:` or `https:`. Userinfo in it is sent as Basic authorization. */
  readonly url: string;
  /** Signs every request, so that the function can refuse strangers; `webhook-id` is the event's `requestId`. */
  readonly secret?: SigningSecret;
}

/**
 * A function behind HTTP: POST of the event as JSON; its return value is the JSON of a 200, null when that is empty.
 * Redirects are not followed.
 *
 * A failure is `retryable` when no connection came about, and for 429 or 503 with `Retry-After`. A connection that is
 * reset before the answer is not, though it was kept alive from an earlier call: a server that let go of an idle
 * connection looks the same as one that crashed over this very event. Instead idle connections are let go before
 * the server does it, so that what remains is seldom the former.
 */
export class HttpFunctionInvoker extends FunctionInvoker {
  private readonly url: URL;
  private readonly secret: SigningSecret | null;
  private readonly agent: http.Agent;
  private readonly underWay = new Set<Exchange>();
  private closed = false;

  /** @throws TypeError when the address is none */
  constructor({ url, secret }: HttpFunctionOptions) {
    super();
    this.secret = secret ?? null;
    this.url = parseUrl(url);
    const options = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: MAX_IDLE_MS };
    this.agent = this.url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    if (this.closed) throw new FunctionFailed(`${this.who} is closed`, false);
    return this.returnValue(await this.post(event, timeoutMs));
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const exchange of this.underWay) exchange.abort(new FunctionFailed(`${this.who} was closed`, false));
    this.agent.destroy();
  }

  /** For messages: all of the address that is no secret. */
  private get who(): string {
    return `the function at ${this.url.host}`;
  }

  private async post(event: FunctionEvent, timeoutMs: number): Promise<Answer> {
    const body = Buffer.from(JSON.stringify(event));
    const exchange = new Exchange(this.request(event, body), body, MAX_ANSWER_BYTES);
    // Not before it is needed: an error takes a picture of the stack.
    const late = (): void =>
      exchange.abort(new FunctionTimedOut(`${this.who} did not answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    this.underWay.add(exchange);
    try {
      return await exchange.answer;
    } catch (cause) {
      throw this.failure(cause);
    } finally {
      clearTimeout(timer);
      this.underWay.delete(exchange);
    }
  }

  private request({ requestContext }: FunctionEvent, body: Buffer): http.ClientRequest {
    const { request } = this.url.protocol === 'https:' ? https : http;
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      ...('traceparent' in requestContext && { traceparent: requestContext.traceparent }),
      ...this.secret?.headers(requestContext.requestId, body),
    };
    return request(this.url, { method: 'POST', agent: this.agent, headers });
  }

  private failure(cause: unknown): unknown {
    if (cause instanceof FunctionFailed || cause instanceof FunctionTimedOut) return cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new FunctionFailed(`no answer from ${this.who}: ${reason}`, neverConnected(cause), { cause });
  }

  private returnValue({ status, headers, body }: Answer): unknown {
    if (status !== 200) {
      const turnedAway = (status === 429 || status === 503) && headers['retry-after'] !== undefined;
      throw new FunctionFailed(`${this.who} answered ${status}`, turnedAway);
    }
    if (body.length === 0) return null;
    try {
      return JSON.parse(body.toString()) as unknown;
    } catch (cause) {
      throw new FunctionFailed(`${this.who} answered what is not JSON`, false, { cause });
    }
  }
}

/** Says nothing of the address it rejects: it may hold secrets. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new TypeError('the address of a function must begin with http:// or https://');
}

/** Where several addresses of a host were tried, every one of them. */
function neverConnected(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.length > 0 && cause.errors.every(neverConnected);
  const { syscall } = cause as NodeJS.ErrnoException;
  return syscall === 'connect' || syscall === 'getaddrinfo';
}
