import type { Clock, Log, Timer } from '@sendback/domain/runtime';
import type { ApiFunction } from './api';
import { backoffMs } from './backoff';
import type { LedgerRemovals } from './ledger-removals';
import type { Tenancy } from './tenancy';

/** How many cleanup calls of one API run at once. */
const CONCURRENCY = 64;

/** After so many failures in a row the function is away: then one call a second finds out when it is back. */
const AWAY_AFTER = 64;
const PROBE_MS = 1_000;

/** One end of a connection (contract §3). */
export interface Ending {
  readonly connectionId: string;
  /** The same on every attempt. */
  readonly requestId: string;
  readonly closeCode: number;
  readonly closeReason: string;
}

interface Owed extends Ending {
  failures: number;
}

/**
 * Calls an API's cleanup function for every connection that ended, until it answered, then tells the ledger. As many
 * endings are kept as the gateway may have connections: those it owes count as such.
 */
export class Cleanups {
  private readonly waiting = new Set<Owed>();
  private running = 0;
  private stopped = false;
  private unanswered = 0;
  private failuresInARow = 0;
  private probe: Timer | null = null;

  constructor(
    private readonly cleanup: ApiFunction | undefined,
    private readonly removals: LedgerRemovals,
    private readonly tenancy: Pick<Tenancy, 'isDoubtful' | 'confirm'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Endings the function has not answered yet. */
  get pending(): number {
    return this.unanswered;
  }

  add(ending: Ending): void {
    if (this.stopped) return;
    this.unanswered++;
    this.enqueue({ ...ending, failures: 0 });
  }

  /** Calls no more: what is owed stands in the ledger, for whoever owns it then. */
  stop(): void {
    this.stopped = true;
    this.waiting.clear();
  }

  private get isAway(): boolean {
    return this.failuresInARow >= AWAY_AFTER;
  }

  private enqueue(owed: Owed): void {
    this.waiting.add(owed);
    if (this.isAway) this.probeLater();
    else if (this.running < CONCURRENCY) void this.work();
  }

  private async work(): Promise<void> {
    this.running++;
    for (const owed of this.waiting) {
      this.waiting.delete(owed);
      await this.attempt(owed);
      if (this.isAway) break;
    }
    this.running--;
    if (this.isAway) this.probeLater();
  }

  private probeLater(): void {
    if (this.running > 0 || this.waiting.size === 0) return;
    this.probe ??= this.clock.after(PROBE_MS, () => {
      this.probe = null;
      void this.work();
    });
  }

  private async attempt(owed: Owed): Promise<void> {
    if (!(await this.isOurs())) return;
    try {
      await this.call(owed);
      this.unanswered--;
      this.removals.add(owed.connectionId);
      this.succeeded();
    } catch (error) {
      if (!this.stopped) this.failed(owed, error);
    }
  }

  private async isOurs(): Promise<boolean> {
    if (this.tenancy.isDoubtful) await this.tenancy.confirm();
    return !this.stopped;
  }

  private succeeded(): void {
    const wasAway = this.isAway;
    this.failuresInARow = 0;
    if (!wasAway) return;
    this.log.info('the cleanup function is back', { pending: this.unanswered });
    while (this.running < CONCURRENCY && this.waiting.size > 0) void this.work();
  }

  private failed(owed: Owed, error: unknown): void {
    const { connectionId, requestId, failures } = owed;
    if (!this.isAway && failures % 10 === 0) {
      this.log.warn('cleanup failed', { connectionId, requestId, failures, error });
    }
    if (++this.failuresInARow === AWAY_AFTER) {
      this.log.error('the cleanup function is away', { pending: this.unanswered, error });
    }
    this.clock.after(backoffMs(++owed.failures), () => this.enqueue(owed));
  }

  private async call({ connectionId, requestId, closeCode, closeReason }: Ending): Promise<void> {
    await this.cleanup?.invoker.invoke(
      {
        requestContext: { requestId },
        websocket: {
          action: 'closing',
          secConnectionID: connectionId,
          closeCode: String(closeCode),
          closeReason,
        },
      },
      this.cleanup.timeoutMs,
    );
  }
}
