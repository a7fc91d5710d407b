import { type Clock, DomainError } from '@sendback/domain/runtime';
import type { AcceptBroadcast, NewBroadcast } from './accept-broadcast';
import type { BroadcastLedger } from './broadcast-ledger.port';
import { lanesOf } from './lanes';

/** The id was used before for a broadcast that says something else, or to somebody else. */
export class BroadcastConflict extends DomainError {
  readonly code = 'broadcast_conflict';
  readonly retryable = false;
}

/** A broadcast of a backend: its receipt can be asked for from its acceptance on, and it may be repeated. */
export class ProduceBroadcast {
  /** @param lanes of the queue */
  constructor(
    private readonly broadcasts: AcceptBroadcast,
    private readonly ledger: BroadcastLedger,
    private readonly clock: Clock,
    private readonly lanes: number,
  ) {}

  /**
   * Resolves once the broadcast is durable. Repeated with the same id and fingerprint, it is published again only on
   * lanes that have not reported it: nobody is given it twice, and a queue that failed in the middle may have it on some.
   * @param fingerprint stands for target and payload; at most 64 characters
   * @throws BroadcastConflict
   * @throws QueueUnavailable
   * @throws StorageUnavailable
   */
  async execute(broadcast: NewBroadcast, fingerprint: string): Promise<void> {
    const { broadcastId, target } = broadcast;
    const lanes = lanesOf(target, this.lanes);
    const announcement = { broadcastId, lanes: lanes.length, acceptedAt: this.clock.now(), fingerprint };
    const receipt = await this.ledger.announce(announcement);
    if (receipt === 'conflicting')
      throw new BroadcastConflict('this id was used before for another broadcast');
    const missing = lanes.filter((lane) => !receipt.lanesReported.includes(lane));
    if (missing.length === lanes.length) await this.broadcasts.execute(broadcast);
    else await this.broadcasts.execute(broadcast, missing);
  }
}
