import type { Clock, Log, Timer } from '@sendback/domain/runtime';
import type { BroadcastLedger } from './broadcast-ledger.port';
import type { BroadcastQueue, LaneConsumer } from './broadcast-queue.port';
import type { FanOut } from './fan-out';

/** How long receipts can be asked for. */
const RECEIPTS_KEPT_MS = 7 * 24 * 60 * 60 * 1_000;
const PRUNE_EVERY_MS = 60 * 60 * 1_000;

/** A worker: serves lanes of the queue, and forgets old receipts. Any number may run, up to that of the lanes usefully. */
export class Broadcaster {
  private consumer: LaneConsumer | null = null;
  private pruning: Timer | null = null;

  constructor(
    private readonly queue: BroadcastQueue,
    private readonly fanOut: FanOut,
    private readonly ledger: BroadcastLedger,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  start(): void {
    this.consumer = this.queue.consume((batch) => this.fanOut.execute(batch));
    this.pruneLater(0);
  }

  /** Takes no further batch, and resolves when those in hand are settled. */
  async stop(): Promise<void> {
    this.pruning?.cancel();
    await this.consumer?.stop();
  }

  private pruneLater(ms: number): void {
    this.pruning = this.clock.after(ms, () => {
      this.pruneLater(PRUNE_EVERY_MS);
      this.ledger
        .prune(this.clock.now() - RECEIPTS_KEPT_MS)
        .catch((error: unknown) => this.log.warn('old receipts could not be forgotten', { error }));
    });
  }
}
