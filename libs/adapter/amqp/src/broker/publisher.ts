import { describeAmqp } from '../amqp-url';
import { Deadline } from './deadline';
import { AmqpFailure } from './failure';
import { type Outgoing, PublishingChannel, type PublishingParts } from './publishing-channel';

/** Less than the time a function has by default, so that it can still say what is wrong. */
const DEADLINE_MS = 2_500;

/** Who is refused for every message must not connect for every message. */
const BETWEEN_OPENINGS_MS = 200;

/** RabbitMQ may not tell the consumers of a queue that it was deleted if it is made anew at once. */
const BEFORE_DECLARING_MS = 500;

/**
 * Publishes over a connection of its own, which is opened at the first use, and anew at the next one when it was lost:
 * a broker that is short of memory or disk stops to listen to whoever publishes, and consumers must go on then.
 */
export class Publisher {
  readonly label: string;
  private current: PublishingChannel | null = null;
  private opening: Promise<PublishingChannel> | null = null;
  private openedAt = -BETWEEN_OPENINGS_MS;
  private closed = false;

  constructor(private readonly parts: PublishingParts) {
    this.label = describeAmqp(parts.url);
  }

  /**
   * Resolves once the broker has stored them all. After a failure some may be stored, and after a repetition twice.
   * @throws AmqpFailure within 2.5 seconds
   */
  async publish(messages: readonly Outgoing[]): Promise<void> {
    if (messages.length > 0) await this.perform((channel) => channel.send(messages));
  }

  /** As `publish`, to an exchange of delays. */
  async delay(messages: readonly Outgoing[]): Promise<void> {
    if (messages.length === 0) return;
    await this.perform(async (channel) => {
      await channel.declareDelays();
      await channel.send(messages);
    });
  }

  /**
   * How many messages are ready on the lanes, or delayed.
   * @throws AmqpFailure within 2.5 seconds
   */
  async count(): Promise<number> {
    return this.perform(async (channel) => {
      await channel.declareDelays();
      return this.parts.topology.count(channel.connection);
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await this.opening?.catch(() => null);
    await this.current?.connection.close();
  }

  /** Once more on a new connection when the first one turns out to be lost, or what was declared on it. */
  private async perform<T>(work: (channel: PublishingChannel) => Promise<T>): Promise<T> {
    const deadline = new Deadline(DEADLINE_MS, this.label);
    for (let attempt = 1; ; attempt++) {
      const channel = this.usable() ?? (await deadline.race(this.opened()));
      try {
        return await deadline.race(work(channel));
      } catch (error) {
        if (!(error instanceof AmqpFailure) || error.kind === 'refused') throw error;
        if (channel.connection.blocked === null) channel.retire();
        if (error.kind === 'late' || attempt > 1) throw error;
        if (error.kind === 'unroutable') await pause(BEFORE_DECLARING_MS);
      }
    }
  }

  private usable(): PublishingChannel | null {
    return this.current?.isUsable ? this.current : null;
  }

  private async opened(): Promise<PublishingChannel> {
    this.current?.retire();
    this.opening ??= this.open().finally(() => (this.opening = null));
    return this.opening;
  }

  private async open(): Promise<PublishingChannel> {
    if (this.closed) throw new AmqpFailure(`${this.label}: the queue is closed`, 'refused');
    const pauseMs = this.openedAt + BETWEEN_OPENINGS_MS - performance.now();
    if (pauseMs > 0) await pause(pauseMs);
    this.openedAt = performance.now();
    this.current = await PublishingChannel.open(this.parts);
    return this.current;
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
