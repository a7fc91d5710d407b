import * as http from 'node:http';
import * as https from 'node:https';
import {
  type FunctionEvent,
  FunctionFailed,
  FunctionInvoker,
  FunctionTimedOut,
} from '@sendback/domain/gateway';
import { apiFailure } from './api-failure';
import { ApiRequest } from './api-request';
import { returnValueOf } from './function-result';

/** SCF takes no larger one. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** SCF gives no return value beyond 6 MiB; as text within JSON it is a little longer. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Calls beyond this many at once wait for a connection, within their time. */
const MAX_SOCKETS = 256;

/** Shorter than servers keep an idle connection. */
const MAX_IDLE_MS = 4_000;

const ENDPOINT = 'https://scf.tencentcloudapi.com';

export interface TencentScfOptions {
  readonly secretId: string;
  readonly secretKey: string;
  /** The third part of temporary credentials. */
  readonly token?: string;
  /** Such as `ap-guangzhou`. */
  readonly region: string;
  readonly functionName: string;
  /** `default` where it is left out. */
  readonly namespace?: string;
  /** Version or alias; `$DEFAULT` where it is left out. */
  readonly qualifier?: string;
  /**
   * `https://HOST[:PORT]`, for one of the regional or internal endpoints; `http:` is for a stand-in, since events
   * travel as they are. The first label of the host is the service that requests are signed for: `scf` for all of
   * Tencent's.
   */
  readonly endpoint?: string;
}

/**
 * A function of Tencent Cloud, called through InvokeFunction of its API by the official SDK. The SDK is loaded at the
 * first call, within its time. Proxies that the environment names are not used, redirects not followed.
 *
 * A failure is `retryable` when no connection came about, and for the answers that say the function was not started
 * and may be later: over a limit of requests or concurrency, resources unavailable, being deployed. The SDK makes each
 * request once.
 */
export class TencentScfInvoker extends FunctionInvoker {
  private readonly endpoint: URL;
  private readonly agent: http.Agent;
  private readonly underWay = new Set<ApiRequest>();
  private closed = false;

  /** @throws TypeError when the endpoint is none */
  constructor(private readonly options: TencentScfOptions) {
    super();
    this.endpoint = parseEndpoint(options.endpoint ?? ENDPOINT);
    const pool = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: MAX_IDLE_MS };
    this.agent = this.endpoint.protocol === 'https:' ? new https.Agent(pool) : new http.Agent(pool);
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    if (this.closed) throw new FunctionFailed(`${this.who} is closed`, false);
    const text = JSON.stringify(event);
    if (Buffer.byteLength(text) > MAX_EVENT_BYTES)
      throw new FunctionFailed(`the event for ${this.who} is longer than ${MAX_EVENT_BYTES} bytes`, false);
    return returnValueOf(await this.request(text, timeoutMs), this.who);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const request of this.underWay) request.abort(new FunctionFailed(`${this.who} was closed`, false));
    this.agent.destroy();
  }

  /** For messages. */
  private get who(): string {
    return `the function ${this.options.functionName} in ${this.options.region}`;
  }

  private async request(event: string, timeoutMs: number): Promise<unknown> {
    const request = new ApiRequest(this.agent, (agent) => this.send(event, agent), MAX_ANSWER_BYTES);
    // Not before it is needed: an error takes a picture of the stack.
    const late = (): void =>
      request.abort(new FunctionTimedOut(`${this.who} did not answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    this.underWay.add(request);
    try {
      return await request.answer;
    } catch (error) {
      if (error instanceof FunctionFailed || error instanceof FunctionTimedOut) throw error;
      throw apiFailure(this.who, error, request.connectionFailure);
    } finally {
      clearTimeout(timer);
      this.underWay.delete(request);
      request.end();
    }
  }

  private async send(event: string, agent: http.Agent): Promise<unknown> {
    const { secretId, secretKey, token, region, functionName } = this.options;
    const { namespace = 'default', qualifier = '$DEFAULT' } = this.options;
    const { scf } = await import('tencentcloud-sdk-nodejs-scf');
    const client = new scf.v20180416.Client({
      credential: { secretId, secretKey, ...(token !== undefined && { token }) },
      region,
      profile: {
        language: 'en-US',
        httpProfile: {
          protocol: `${this.endpoint.protocol}//`,
          endpoint: this.endpoint.host,
          // No limit of its own, which would not hold for the whole answer.
          reqTimeout: 0,
          agent,
          headers: { 'Accept-Encoding': 'identity' },
        },
      },
    });
    return client.InvokeFunction({
      FunctionName: functionName,
      Namespace: namespace,
      Qualifier: qualifier,
      LogType: 'None',
      Event: event,
    });
  }
}

/** Says nothing of the address it rejects: it may hold secrets. */
function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url?.href === `${url?.origin}/`;
  if (url && isPlain && /^https?:$/.test(url.protocol)) return url;
  throw new TypeError('the endpoint of the API must be https://HOST or https://HOST:PORT');
}
