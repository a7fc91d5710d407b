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
   * @param lanes to put it on, where others have it already
   * @throws QueueUnavailable
   */
  async execute(newBroadcast: NewBroadcast, lanes?: readonly number[]): Promise<void> {
    const broadcast = { ...newBroadcast, acceptedAt: this.clock.now() };
    if (!lanes) {
      await this.queue.publish(broadcast);
      return;
    }
    const message = { messageId: broadcast.broadcastId, broadcast, attempt: 0, recipients: null };
    for (const lane of lanes) await this.queue.enqueue(lane, message);
  }
}
