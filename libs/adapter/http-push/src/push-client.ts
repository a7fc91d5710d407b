import * as http from 'node:http';
import * as https from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Clock } from '@sendback/domain/runtime';
import type { Problem } from './answers';
import { type Answer, Exchange, ExchangeFailed } from './exchange';
import type { PushAddress } from './push-address';

/** Shorter than Node.js and most servers keep an idle connection: few are found stale. */
const MAX_IDLE_MS = 4_000;

/** What push addresses may ask for besides the secret in their path; it is shown to every address that is pushed to. */
export interface PushCredentials {
  /** Bearer token. */
  readonly token?: string;
  /** For `https:` addresses: contents of PEM files. */
  readonly tls?: {
    /** Trusted in place of the CAs that Node.js knows. */
    readonly ca?: string;
    /** The client's certificate, and the key to it. */
    readonly cert?: string;
    readonly key?: string;
  };
}

export interface PushBody {
  /** Of the JSON, in their order. */
  readonly parts: readonly Buffer[];
  /** W3C trace context of the request: that of its first message. */
  readonly traceparent: string | undefined;
}

interface Agents {
  readonly 'http:': http.Agent;
  readonly 'https:': https.Agent;
}

/** HTTP with connections that are kept and bounded per origin, and a deadline for every exchange. */
export class PushClient {
  private readonly kept: Agents;
  /** Each exchange has a connection of its own. */
  private readonly fresh: Agents;
  private readonly authorization: { readonly authorization?: string };
  private readonly underWay = new Set<(failure: ExchangeFailed) => void>();
  private closed = false;

  /** @throws Error of OpenSSL when a certificate or key cannot be read, or they do not belong together */
  constructor(
    private readonly clock: Clock,
    maxSockets: number,
    { token, tls }: PushCredentials,
  ) {
    // One context for all connections: they would each parse the certificates.
    const secure = tls ? { secureContext: createSecureContext(tls) } : {};
    this.kept = agentsOf({ keepAlive: true, maxSockets, timeout: MAX_IDLE_MS }, secure);
    this.fresh = agentsOf({}, secure);
    this.authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /**
   * POST of the body's parts as JSON, or GET where there is none. Sent a second time, on a connection of its own, when
   * the one it was sent on proved stale: the gateway gives a message with an id once; one without may come twice.
   * What the network or the deadline does is a problem, never thrown.
   */
  async exchange(address: PushAddress, body: PushBody | null, deadlineMs: number): Promise<Answer | Problem> {
    try {
      return await this.answer(address.url, body, deadlineMs);
    } catch (failure) {
      if (!(failure instanceof ExchangeFailed)) throw failure;
      return { reason: `${failure.message} (${address.label})`, retryable: failure.retryable };
    }
  }

  /** Exchanges under way fail. Idempotent. */
  close(): void {
    this.closed = true;
    for (const abort of this.underWay) abort(new ExchangeFailed('the pusher was closed', true));
    this.kept['http:'].destroy();
    this.kept['https:'].destroy();
  }

  private async answer(url: URL, body: PushBody | null, deadlineMs: number): Promise<Answer> {
    if (this.closed) throw new ExchangeFailed('the pusher is closed', true);
    let current = this.begin(url, body, this.kept);
    const abort = (failure: ExchangeFailed): void => current.abort(failure);
    const timer = this.clock.after(deadlineMs, () => abort(new ExchangeFailed('no answer in time', true)));
    this.underWay.add(abort);
    try {
      return await current.answer.catch((failure: unknown) => {
        if (this.closed || !(failure instanceof ExchangeFailed && failure.stale)) throw failure;
        current = this.begin(url, body, this.fresh);
        return current.answer;
      });
    } finally {
      timer.cancel();
      this.underWay.delete(abort);
    }
  }

  private begin(url: URL, body: PushBody | null, agents: Agents): Exchange {
    const { request } = url.protocol === 'https:' ? https : http;
    const agent = agents[url.protocol as keyof Agents];
    if (!body) return new Exchange(request(url, { agent, headers: this.authorization }), []);
    const { parts, traceparent } = body;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const headers = {
      ...this.authorization,
      'content-type': 'application/json',
      'content-length': length,
      ...(traceparent !== undefined && { traceparent }),
    };
    return new Exchange(request(url, { method: 'POST', agent, headers }), parts);
  }
}

function agentsOf(options: http.AgentOptions, secure: https.AgentOptions): Agents {
  return { 'http:': new http.Agent(options), 'https:': new https.Agent({ ...options, ...secure }) };
}
