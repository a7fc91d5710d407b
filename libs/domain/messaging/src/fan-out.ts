import type { ConnectionStore } from '@sendback/domain/connection';
import { DomainError, type Log } from '@sendback/domain/runtime';
import { Audiences } from './audiences';
import type { Recipients } from './broadcast';
import type { BroadcastLedger } from './broadcast-ledger.port';
import type { LaneBatch, Settlement } from './broadcast-queue.port';
import { Delivery } from './delivery';
import { forEachBounded } from './for-each-bounded';
import type { Pusher } from './pusher.port';

const PAGES_IN_FLIGHT = 4;

/** Pushes that reach nobody before a batch is given up for now: past this it is no accident but an outage. */
const MAX_FAILED_PUSHES = 16;

/** How long after each failure the recipients that are left are tried again, in milliseconds. */
const RETRY_DELAYS_MS: readonly number[] = [1_000, 5_000, 30_000, 120_000];

/** The batch cannot be served now, as a whole: the queue hands it over again later. */
export class FanOutInterrupted extends DomainError {
  readonly code = 'fan_out_interrupted';
  readonly retryable = true;
}

/**
 * Serves a batch of a lane: pages through the connections in the lane's range and pushes each page all its messages
 * in one ordered request, pages beside each other (design: how a broadcast flows).
 *
 * Gone connections leave the store. What failed is retried with growing delays for the remaining recipients only, and
 * is a dead letter afterwards. The receipt is recorded before the batch is settled; doing all of it again is harmless.
 */
export class FanOut {
  /** @param lanes of the queue that the batches come from */
  constructor(
    private readonly connections: ConnectionStore,
    private readonly pusher: Pusher,
    private readonly ledger: BroadcastLedger,
    private readonly log: Log,
    private readonly lanes: number,
    private readonly retryDelaysMs: readonly number[] = RETRY_DELAYS_MS,
  ) {}

  /**
   * @throws StorageUnavailable
   * @throws FanOutInterrupted when the lane was lost, or when the push address fails for everyone
   */
  async execute(batch: LaneBatch): Promise<Settlement> {
    const deliveries = batch.messages.map((message) => new Delivery(message));
    const audiences = new Audiences(this.connections, batch.lane, this.lanes);
    for await (const [run, audience] of audiences.of(deliveries)) await this.serve(run, audience, batch);
    // Its new consumer knows better by now what became of the recipients: the receipt is that one's to write.
    expectHeld(batch);
    await this.ledger.record(
      deliveries.map((delivery) => delivery.receiptPart(batch.lane, this.lanes, this.retryDelaysMs)),
    );
    return this.settle(deliveries);
  }

  private settle(deliveries: readonly Delivery[]): Settlement {
    const settlements = deliveries.map((delivery) => delivery.settlement(this.retryDelaysMs));
    const deadLetters = settlements.flatMap(({ deadLetters }) => deadLetters);
    for (const { message, reason } of deadLetters) {
      const { broadcast, recipients } = message;
      const count = recipients?.connectionIds.length;
      this.log.error('recipients were given up', { broadcastId: broadcast.broadcastId, count, reason });
    }
    return { retries: settlements.flatMap(({ retries }) => retries), deadLetters };
  }

  private async serve(
    run: readonly Delivery[],
    audience: AsyncIterable<Recipients>,
    batch: LaneBatch,
  ): Promise<void> {
    let failedPushes = 0;
    await forEachBounded(audience, PAGES_IN_FLIGHT, async (recipients) => {
      expectHeld(batch);
      if (run.some((delivery) => delivery.isForAnyOf(recipients)))
        failedPushes += await this.push(recipients, run);
      if (failedPushes > MAX_FAILED_PUSHES) throw new FanOutInterrupted('too many pushes failed');
    });
  }

  /** @returns 1 when nobody was reached but may be later, else 0 */
  private async push(recipients: Recipients, deliveries: readonly Delivery[]): Promise<0 | 1> {
    const report = await this.pusher.push(
      recipients,
      deliveries.map(({ pushMessage }) => pushMessage),
    );
    for (const delivery of deliveries) delivery.count(recipients, report);
    if (report.gone.length > 0) await this.connections.remove(report.gone);
    const failed = report.failed
      .filter(({ retryable }) => retryable)
      .flatMap(({ connectionIds }) => connectionIds);
    return failed.length === recipients.connectionIds.length ? 1 : 0;
  }
}

function expectHeld(batch: LaneBatch): void {
  if (batch.lost()) throw new FanOutInterrupted(`lane ${batch.lane} was lost to another consumer`);
}
