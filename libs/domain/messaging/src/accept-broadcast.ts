import type { Clock } from '@sendback/domain/runtime';
import type { Broadcast } from './broadcast';
import type { BroadcastQueue } from './broadcast-queue.port';

/** A broadcast as its producer gives it. */
export type NewBroadcast = Omit<Broadcast, 'acceptedAt'>;

/** The one way in for broadcasts, whoever produces them. */
export class AcceptBroadcast {
  constructor(
    private readonly queue: BroadcastQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves once the broadcast is durable: only then may it be acknowledged. Its id is unique for each broadcast, and
   * the same when the same one is accepted again.
   * @throws QueueUnavailable
   */
  async execute(broadcast: NewBroadcast): Promise<void> {
    await this.queue.publish({ ...broadcast, acceptedAt: this.clock.now() });
  }
}
