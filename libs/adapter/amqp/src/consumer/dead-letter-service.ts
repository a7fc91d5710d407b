import type { Channel, ConsumeMessage } from 'amqplib';
import { type DeadLetterStore, pauseAfter } from '@sendback/domain/messaging';
import type { Clock, Log } from '@sendback/domain/runtime';
import type { Topology } from '../broker/topology';
import { incomingDeadLetter } from '../dead-letter-message';
import { keepSubscribed } from './keep-subscribed';
import { Pause } from './pause';

const PREFETCH = 32;

export interface DeadLetterParts {
  readonly topology: Topology;
  readonly openChannel: () => Promise<Channel>;
  /** True for good once the connection is. */
  readonly lost: () => boolean;
  readonly store: DeadLetterStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Carries dead letters from the broker into the store, in their order, over a connection. */
export class DeadLetterService {
  /** Resolves when it has ended. Never rejects. */
  readonly done: Promise<void>;
  private readonly pause: Pause;
  private stopped = false;
  private close = (): void => undefined;

  constructor(private readonly parts: DeadLetterParts) {
    const { topology, lost, clock, log } = parts;
    this.pause = new Pause(clock);
    this.done = keepSubscribed({
      queue: topology.dead,
      subscribe: () => this.subscribe(),
      goesOn: () => !this.stopped && !lost(),
      pause: this.pause,
      log,
    });
  }

  /** Leaves the rest to others. */
  stop(): void {
    this.stopped = true;
    this.pause.end();
    this.close();
  }

  private async subscribe(): Promise<void> {
    const { openChannel, topology, clock } = this.parts;
    const channel = await openChannel();
    const pause = new Pause(clock);
    const closed = new Promise<void>((resolve) => channel.on('close', resolve)).then(() => pause.end());
    // One that the broker closed cannot be closed again.
    this.close = (): void => void channel.close().catch(() => undefined);
    let carried = Promise.resolve();
    await channel.prefetch(PREFETCH);
    await channel.consume(topology.dead, (message) => {
      if (message) carried = carried.then(() => this.carry(message, channel, pause));
      else this.close();
    });
    if (this.stopped) this.close();
    await closed;
    await carried;
  }

  /** Stored before it is acknowledged: one that comes again is known to the store by its key. */
  private async carry(message: ConsumeMessage, channel: Channel, pause: Pause): Promise<void> {
    const { store, clock, log } = this.parts;
    for (let failures = 1; !pause.hasEnded(); failures++) {
      try {
        await store.add(incomingDeadLetter(message, clock.now()));
        if (!pause.hasEnded()) channel.ack(message);
        return;
      } catch (error) {
        const pauseMs = pauseAfter(failures);
        log.error('a dead letter cannot be stored: it waits on the broker', { failures, pauseMs, error });
        await pause.for(pauseMs);
      }
    }
  }
}
