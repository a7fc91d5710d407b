import type * as http from 'node:http';
import type * as https from 'node:https';
import { getBuiltinModule } from 'node:process';
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

type Protocol = 'http:' | 'https:';

interface Transport {
  readonly request: typeof http.request;
  readonly kept: http.Agent;
  /** Each exchange has a connection of its own. */
  readonly fresh: http.Agent;
}

/** HTTP with connections that are kept and bounded per origin, and a deadline for every exchange. */
export class PushClient {
  private readonly transports = new Map<string, Transport>();
  private readonly secure: https.AgentOptions;
  private readonly authorization: { readonly authorization?: string };
  private readonly underWay = new Set<(failure: ExchangeFailed) => void>();
  private closed = false;

  /** @throws Error of OpenSSL when a certificate or key cannot be read, or they do not belong together */
  constructor(
    private readonly clock: Clock,
    private readonly maxSockets: number,
    { token, tls }: PushCredentials,
  ) {
    // One context for all connections: they would each parse the certificates.
    this.secure = tls ? { secureContext: getBuiltinModule('node:tls').createSecureContext(tls) } : {};
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
    for (const { kept } of this.transports.values()) kept.destroy();
  }

  private async answer(url: URL, body: PushBody | null, deadlineMs: number): Promise<Answer> {
    if (this.closed) throw new ExchangeFailed('the pusher is closed', true);
    let current = this.begin(url, body, 'kept');
    const abort = (failure: ExchangeFailed): void => current.abort(failure);
    const timer = this.clock.after(deadlineMs, () => abort(new ExchangeFailed('no answer in time', true)));
    this.underWay.add(abort);
    try {
      return await current.answer.catch((failure: unknown) => {
        if (this.closed || !(failure instanceof ExchangeFailed && failure.stale)) throw failure;
        current = this.begin(url, body, 'fresh');
        return current.answer;
      });
    } finally {
      timer.cancel();
      this.underWay.delete(abort);
    }
  }

  private begin(url: URL, body: PushBody | null, connection: 'kept' | 'fresh'): Exchange {
    const { request, [connection]: agent } = this.transport(url.protocol as Protocol);
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

  private transport(protocol: Protocol): Transport {
    const transport = this.transports.get(protocol) ?? this.load(protocol);
    this.transports.set(protocol, transport);
    return transport;
  }

  /** When it is first asked for: a function that pushes nothing starts sooner without. */
  private load(protocol: Protocol): Transport {
    const { Agent, request } = getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http');
    const keeping = { keepAlive: true, maxSockets: this.maxSockets, timeout: MAX_IDLE_MS };
    return { request, kept: new Agent({ ...this.secure, ...keeping }), fresh: new Agent(this.secure) };
  }
}
