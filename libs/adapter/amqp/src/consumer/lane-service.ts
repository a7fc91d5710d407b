import type { Channel, ConsumeMessage, Message } from 'amqplib';
import { type LaneHandler, MAX_BATCH_MESSAGES, pauseAfter } from '@sendback/domain/messaging';
import type { Clock, Log, Timer } from '@sendback/domain/runtime';
import type { Outbox } from '../outbox';
import { type Dead, LaneWindow, type Taken } from './lane-window';

/**
 * How many messages the broker hands to a consumer before they are acknowledged. The same in every process, always:
 * what a consumer had is handed to the next one first, in its order, if that one takes at least as much.
 */
const WINDOW = MAX_BATCH_MESSAGES;

export interface LaneServiceParts {
  readonly lane: number;
  readonly queue: string;
  readonly openChannel: () => Promise<Channel>;
  /** True once the broker may have handed the lane to another consumer. */
  readonly lost: () => boolean;
  readonly handler: LaneHandler;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
}

/** Serves one lane, by one handler at a time, from its subscription until that ends. */
export class LaneService {
  /** Resolves when the lane is no longer subscribed to and no handler is at work. Never rejects. */
  readonly done: Promise<void>;
  private readonly window = new LaneWindow();
  private channel: Channel | null = null;
  private working: Promise<void> | null = null;
  private resting: Timer | null = null;
  private failures = 0;
  private settledTag = 0;
  private over = false;
  private leaving = false;
  private stopping = false;

  constructor(private readonly parts: LaneServiceParts) {
    this.done = this.run().catch((error: unknown) => {
      this.parts.log.error('a lane cannot be subscribed to', { lane: this.parts.lane, error });
    });
  }

  /** How many messages are in hand or wait here. */
  get inHand(): number {
    return this.window.size;
  }

  /** Works off what the broker has handed over, and leaves the lane to another consumer. */
  leave(): void {
    this.leaving = true;
    this.wake();
  }

  /** Takes no further batch, and leaves the lane when the one in hand is settled. */
  stop(): void {
    this.stopping = true;
    this.wake();
  }

  private async run(): Promise<void> {
    const channel = await this.parts.openChannel();
    this.channel = channel;
    const closed = new Promise<void>((resolve) => channel.on('close', resolve));
    await channel.prefetch(WINDOW);
    await channel.consume(this.parts.queue, (message) => this.arrived(message));
    this.wake();
    await closed;
    this.end();
    await this.working;
  }

  private arrived(message: ConsumeMessage | null): void {
    // The broker cancels a subscription to a queue that was deleted.
    if (!message) {
      this.end();
      return;
    }
    const returns = Number(message.properties.headers?.['x-delivery-count'] ?? 0);
    this.window.add(message.fields.deliveryTag, message.content, returns);
    this.wake();
  }

  /** When the broker's messages that came together have all been seen. */
  private wake(): void {
    if (this.working || this.resting || !this.channel) return;
    this.working = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.workOff())
      .finally(() => (this.working = null));
  }

  private async workOff(): Promise<void> {
    while (!this.over && !this.stopping) {
      const next = this.window.next();
      if (!next) break;
      try {
        await ('messages' in next ? this.serve(next) : this.bury(next));
        this.failures = 0;
      } catch (error) {
        this.failed(error);
        break;
      }
    }
    if (this.stopping || this.leaving) this.end();
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

  /** What is not acknowledged goes back to the head of the lane. */
  private end(): void {
    if (this.over) return;
    this.over = true;
    this.resting?.cancel();
    this.acknowledge();
    // One that the broker closed cannot be closed again.
    this.channel?.close().catch(() => undefined);
  }

  private acknowledge(): void {
    if (this.settledTag === 0 || !this.channel) return;
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
