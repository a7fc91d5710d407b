import * as http from 'node:http';
import * as https from 'node:https';
import type { Clock } from '@sendback/domain/runtime';
import type { Problem } from './answers';
import { type Answer, Exchange, ExchangeFailed } from './exchange';
import type { PushAddress } from './push-address';

/** Shorter than Node.js and most servers keep an idle connection: few are found stale. */
const MAX_IDLE_MS = 4_000;

export interface PushBody {
  /** Of the JSON, in their order. */
  readonly parts: readonly Buffer[];
  /** W3C trace context of the request: that of its first message. */
  readonly traceparent: string | undefined;
}

/** HTTP with connections that are kept and bounded per origin, and a deadline for every exchange. */
export class PushClient {
  private readonly agents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };
  private readonly underWay = new Set<(failure: ExchangeFailed) => void>();
  private closed = false;

  constructor(
    private readonly clock: Clock,
    maxSockets: number,
  ) {
    const options = { keepAlive: true, maxSockets, timeout: MAX_IDLE_MS };
    this.agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
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
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private async answer(url: URL, body: PushBody | null, deadlineMs: number): Promise<Answer> {
    if (this.closed) throw new ExchangeFailed('the pusher is closed', true);
    let current = this.begin(url, body, this.agents[url.protocol as 'http:' | 'https:']);
    const abort = (failure: ExchangeFailed): void => current.abort(failure);
    const timer = this.clock.after(deadlineMs, () => abort(new ExchangeFailed('no answer in time', true)));
    this.underWay.add(abort);
    try {
      return await current.answer.catch((failure: unknown) => {
        if (this.closed || !(failure instanceof ExchangeFailed && failure.stale)) throw failure;
        current = this.begin(url, body, false);
        return current.answer;
      });
    } finally {
      timer.cancel();
      this.underWay.delete(abort);
    }
  }

  private begin(url: URL, body: PushBody | null, agent: http.Agent | false): Exchange {
    const { request } = url.protocol === 'https:' ? https : http;
    if (!body) return new Exchange(request(url, { agent }), []);
    const { parts, traceparent } = body;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const headers = {
      'content-type': 'application/json',
      'content-length': length,
      ...(traceparent !== undefined && { traceparent }),
    };
    return new Exchange(request(url, { method: 'POST', agent, headers }), parts);
  }
}
