import type { Clock } from '@sendback/domain/runtime';
import type { Target } from './broadcast';
import type { BroadcastQueue } from './broadcast-queue.port';
import type { Payload } from './payload';

/** The one way in for broadcasts, whoever produces them. */
export class AcceptBroadcast {
  constructor(
    private readonly queue: BroadcastQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves once the broadcast is durable: only then may it be acknowledged.
   * @param broadcastId unique for each broadcast, and the same when the same one is accepted again
   * @throws QueueUnavailable
   */
  async execute(broadcastId: string, target: Target, payload: Payload): Promise<void> {
    await this.queue.publish({ broadcastId, target, payload, acceptedAt: this.clock.now() });
  }
}
