import type { Clock, Log } from '@sendback/domain/runtime';
import { backoffMs } from './backoff';
import type { Obligations } from './obligations';
import type { SessionLedger } from './session-ledger.port';
import { sleep } from './stoppable-clock';

/** Strikes sessions out of the ledger, all that wait in one call, again and again until it took them. */
export class LedgerRemovals {
  private waiting: string[] = [];
  private running = false;

  constructor(
    private readonly ledger: SessionLedger,
    private readonly obligations: Obligations,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  add(connectionId: string): void {
    this.waiting.push(connectionId);
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let failures = 0; this.waiting.length > 0;) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.ledger.remove(batch);
        this.obligations.settle(batch.length);
        failures = 0;
      } catch (error) {
        this.log.warn('sessions could not be struck out of the ledger', { count: batch.length, error });
        this.waiting = batch.concat(this.waiting);
        await sleep(this.clock, backoffMs(++failures));
      }
    }
    this.running = false;
  }
}
