import type { Channel, ConsumeMessage } from 'amqplib';
import { type DeadLetterStore, pauseAfter } from '@sendback/domain/messaging';
import type { Clock, Log } from '@sendback/domain/runtime';
import { incomingDeadLetter } from '../dead-letter-message';

const PREFETCH = 32;

export interface DeadLetterServiceParts {
  readonly queue: string;
  readonly openChannel: () => Promise<Channel>;
  readonly store: DeadLetterStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Carries dead letters from the broker into the store, in their order, until its channel closes. */
export class DeadLetterService {
  /** Resolves when it has ended. Never rejects. */
  readonly done: Promise<void>;
  private readonly waiting: ConsumeMessage[] = [];
  private channel: Channel | null = null;
  private carrying: Promise<void> | null = null;
  private endPause = (): void => undefined;
  private over = false;

  constructor(private readonly parts: DeadLetterServiceParts) {
    this.done = this.run().catch((error: unknown) => {
      this.parts.log.error('dead letters cannot be subscribed to', { error });
    });
  }

  /** Leaves the rest to others. */
  stop(): void {
    this.over = true;
    this.endPause();
    this.channel?.close().catch(() => undefined);
  }

  private async run(): Promise<void> {
    const channel = await this.parts.openChannel();
    this.channel = channel;
    const closed = new Promise<void>((resolve) => channel.on('close', resolve));
    await channel.prefetch(PREFETCH);
    await channel.consume(this.parts.queue, (message) => this.arrived(message));
    if (this.over) this.stop();
    await closed;
    this.over = true;
    this.endPause();
    await this.carrying;
  }

  private arrived(message: ConsumeMessage | null): void {
    if (!message) {
      this.stop();
      return;
    }
    this.waiting.push(message);
    this.carrying ??= this.carry().finally(() => (this.carrying = null));
  }

  private async carry(): Promise<void> {
    for (let failures = 0; !this.over;) {
      const [message] = this.waiting;
      if (!message) return;
      try {
        await this.parts.store.add(incomingDeadLetter(message, this.parts.clock.now()));
        failures = 0;
      } catch (error) {
        await this.pause(++failures, error);
        continue;
      }
      this.waiting.shift();
      this.acknowledge(message);
    }
  }

  private acknowledge(message: ConsumeMessage): void {
    try {
      this.channel?.ack(message);
    } catch {
      // The channel has closed meanwhile: the message comes again, and is known to the store by then.
      this.over = true;
    }
  }

  private async pause(failures: number, error: unknown): Promise<void> {
    const pauseMs = pauseAfter(failures);
    this.parts.log.error('a dead letter cannot be stored: it waits on the broker', {
      failures,
      pauseMs,
      error,
    });
    await new Promise<void>((resolve) => {
      const timer = this.parts.clock.after(pauseMs, resolve);
      this.endPause = (): void => {
        timer.cancel();
        resolve();
      };
    });
  }
}
