import type { PushReport } from '@sendback/domain/messaging';
import type { Clock } from '@sendback/domain/runtime';
import type { Problem } from './answers';
import type { Answer } from './exchange';
import type { PushAddress } from './push-address';
import type { PushBody, PushClient } from './push-client';
import type { Turns } from './turns';

/** After so many exchanges in a row that failed on the way, an address is not tried again in the same call. */
const MAX_FAILURES_IN_A_ROW = 8;

/** One call of a pusher: its exchanges, the time they have, and what is reported of them. */
export class PushCall {
  private readonly gone: string[] = [];
  private readonly slow: string[] = [];
  private readonly failed = new Map<string, Problem & { readonly connectionIds: string[] }>();
  private until: number;
  private failuresInARow = 0;
  private givenUp: Problem | null = null;

  /** @param budgetMs for the whole call without its waiting for turns; `deadlineMs` is for each of its exchanges */
  constructor(
    readonly address: PushAddress,
    private readonly client: PushClient,
    private readonly turns: Turns,
    private readonly clock: Clock,
    private readonly deadlineMs: number,
    budgetMs: number,
  ) {
    this.until = clock.now() + budgetMs;
  }

  /** As {@link post}, once it is this call's turn at the address. */
  async postInTurn(body: PushBody): Promise<Answer | Problem> {
    const asked = this.clock.now();
    return this.turns.during(this.address.url.href, () => {
      this.until += this.clock.now() - asked;
      return this.post(body);
    });
  }

  /** Takes no time once the call's is over, or the address was given up. */
  async post(body: PushBody): Promise<Answer | Problem> {
    if (this.givenUp) return this.givenUp;
    const left = Math.min(this.deadlineMs, this.until - this.clock.now());
    if (left <= 0)
      return { reason: `the time for this push is over (${this.address.label})`, retryable: true };
    const answer = await this.client.exchange(this.address, body, left);
    if (!('reason' in answer)) this.failuresInARow = 0;
    else if (++this.failuresInARow >= MAX_FAILURES_IN_A_ROW) this.givenUp = answer;
    return answer;
  }

  addGone(connectionId: string): void {
    this.gone.push(connectionId);
  }

  addSlow(connectionId: string): void {
    this.slow.push(connectionId);
  }

  addFailed(connectionIds: readonly string[], problem: Problem): void {
    const key = JSON.stringify(problem);
    const same = this.failed.get(key) ?? { ...problem, connectionIds: [] };
    this.failed.set(key, same);
    for (const id of connectionIds) same.connectionIds.push(id);
  }

  report(): PushReport {
    return { gone: this.gone, slow: this.slow, failed: [...this.failed.values()] };
  }
}
