import type { Channel, ConsumeMessage, Message } from 'amqplib';
import { type LaneHandler, MAX_BATCH_MESSAGES, pauseAfter } from '@sendback/domain/messaging';
import type { Clock, Log, Timer } from '@sendback/domain/runtime';
import type { Topology } from '../broker/topology';
import type { Outbox } from '../outbox';
import { type Dead, LaneWindow, type Taken } from './lane-window';

/**
 * How many messages the broker hands to a consumer before they are acknowledged. The same in every process, always:
 * what a lost consumer had stays in its order if the next one takes it all at once.
 */
const WINDOW = MAX_BATCH_MESSAGES;

export interface SubscriptionParts {
  readonly lane: number;
  readonly topology: Topology;
  readonly openChannel: () => Promise<Channel>;
  /** True for good once the broker may have handed the lane to another consumer. */
  readonly lost: () => boolean;
  readonly handler: LaneHandler;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
}

/** One subscription to a lane, on a channel of its own: closing it gives back at once what was not acknowledged. */
export class LaneSubscription {
  /** Resolves when the broker hands nothing over any more and no handler is at work. */
  readonly ended: Promise<void>;
  private readonly window = new LaneWindow();
  private working: Promise<void> | null = null;
  private resting: Timer | null = null;
  private failures = 0;
  private settledTag = 0;
  private over = false;
  private leaving = false;
  private stopping = false;

  private constructor(
    private readonly channel: Channel,
    private readonly parts: SubscriptionParts,
  ) {
    const closed = new Promise<void>((resolve) => channel.on('close', resolve));
    this.ended = closed.then(() => {
      this.end();
      return this.working ?? undefined;
    });
  }

  /** @throws AmqpFailure, or what the broker objects to */
  static async open(parts: SubscriptionParts): Promise<LaneSubscription> {
    const channel = await parts.openChannel();
    const subscription = new LaneSubscription(channel, parts);
    await channel.prefetch(WINDOW);
    await channel.consume(parts.topology.lane(parts.lane), (message) => subscription.receive(message));
    return subscription;
  }

  /** How many messages are in hand or wait here. */
  get inHand(): number {
    return this.window.size;
  }

  /** Works off what the broker has handed over, if that succeeds, and then leaves the lane to others. */
  leave(): void {
    this.leaving = true;
    if (this.resting) this.end();
    else this.wake();
  }

  /** Takes no further batch, and leaves the lane when the one in hand is settled. */
  stop(): void {
    this.stopping = true;
    this.leave();
  }

  /** At once: what is not acknowledged goes back to the head of the lane. */
  private end(): void {
    if (this.over) return;
    this.over = true;
    this.resting?.cancel();
    this.acknowledge();
    // One that the broker closed cannot be closed again.
    this.channel.close().catch(() => undefined);
  }

  private receive(message: ConsumeMessage | null): void {
    // The broker cancels the subscription to a queue that is deleted.
    if (!message) {
      this.end();
      return;
    }
    const returns: unknown = message.properties.headers?.['x-delivery-count'];
    this.window.add(message.fields.deliveryTag, message.content, typeof returns === 'number' ? returns : 0);
    this.wake();
  }

  /** A moment later, so that messages that come together are handed over together. */
  private wake(): void {
    if (this.working || this.resting || this.over) return;
    this.working = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.workOff())
      .finally(() => (this.working = null));
  }

  private async workOff(): Promise<void> {
    while (!this.over && !this.stopping && !this.resting) {
      const next = this.window.next();
      if (!next) break;
      try {
        await ('messages' in next ? this.serve(next) : this.bury(next));
        this.failures = 0;
      } catch (error) {
        this.failed(error);
      }
    }
    if (this.leaving) this.end();
  }

  private async serve(taken: Taken): Promise<void> {
    const { lane, handler, outbox } = this.parts;
    const settlement = await handler({ lane, messages: taken.messages, lost: () => this.lost() });
    if (this.lost()) throw new LaneLost();
    this.window.settling(taken);
    try {
      await outbox.settle(lane, settlement);
    } catch (error) {
      this.window.putBack(taken);
      throw error;
    }
    this.settled(taken);
  }

  private async bury(dead: Dead): Promise<void> {
    const { lane, outbox, log } = this.parts;
    if (this.lost()) throw new LaneLost();
    await outbox.bury(lane, dead.body, dead.reason);
    log.error('a message was given up', { lane, reason: dead.reason });
    this.settled(dead);
  }

  /** Who leaves acknowledges at the end only: until then the broker hands over nothing beyond the window. */
  private settled(done: Taken | Dead): void {
    this.settledTag = this.window.remove(done);
    if (!this.leaving) this.acknowledge();
  }

  /** Holds the lane without serving it, longer with every failure in a row. */
  private failed(error: unknown): void {
    const { lane, log, clock } = this.parts;
    if (this.lost()) {
      log.warn('a lane was lost to another consumer while a batch was in hand', { lane });
      this.end();
      return;
    }
    const pauseMs = pauseAfter(++this.failures);
    const { failures } = this;
    log.error('a batch was not settled: it comes again after a pause', { lane, failures, pauseMs, error });
    this.resting = clock.after(pauseMs, () => {
      this.resting = null;
      this.wake();
    });
  }

  private lost(): boolean {
    return this.over || this.parts.lost();
  }

  private acknowledge(): void {
    if (this.settledTag === 0) return;
    const delivery = { fields: { deliveryTag: this.settledTag } } as Message;
    this.settledTag = 0;
    try {
      this.channel.ack(delivery, true);
    } catch {
      // The channel has closed meanwhile: what it had is handed over again.
      this.end();
    }
  }
}

/** The lane belongs to another consumer by now. */
class LaneLost extends Error {
  override readonly name = 'LaneLost';
}
