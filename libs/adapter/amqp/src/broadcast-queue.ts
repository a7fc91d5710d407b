import {
  type Broadcast,
  BroadcastQueue,
  type DeadLetterStore,
  type LaneConsumer,
  type LaneHandler,
  lanesOf,
  type QueueMessage,
  QueueUnavailable,
} from '@sendback/domain/messaging';
import type { Clock, Log } from '@sendback/domain/runtime';
import type { AmqpUrl } from './amqp-url';
import { AmqpFailure } from './broker/failure';
import { Publisher } from './broker/publisher';
import { Topology } from './broker/topology';
import { AmqpLaneConsumer } from './consumer/lane-consumer';
import { Outbox } from './outbox';

export interface AmqpBroadcastQueueOptions {
  readonly url: AmqpUrl;
  /** Fixed for a deployment: the broker keeps the number, and who comes with another one is refused. */
  readonly lanes: number;
  /** Where consumers carry dead letters to. */
  readonly deadLetters: DeadLetterStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Begins the names of queues and exchanges, `sendback` by default: another one for each deployment in a vhost. */
  readonly prefix?: string;
  /**
   * In seconds, 5 by default. The broker gives the lanes of a consumer that it does not hear of to others after two to
   * three of them.
   */
  readonly heartbeatS?: number;
}

/** Lanes as quorum queues on RabbitMQ 3.10 or later. Connections are opened when they are needed first. */
export class AmqpBroadcastQueue extends BroadcastQueue {
  readonly lanes: number;
  private readonly consumers = new Set<AmqpLaneConsumer>();
  private readonly parts;
  private readonly publisher: Publisher;
  private readonly outbox: Outbox;

  constructor(private readonly options: AmqpBroadcastQueueOptions) {
    super();
    const { url, lanes, prefix = 'sendback', heartbeatS = 5, clock } = options;
    this.lanes = lanes;
    const topology = new Topology(prefix, lanes);
    this.parts = { url, topology, heartbeatS, clock };
    this.publisher = new Publisher(this.parts);
    this.outbox = new Outbox(this.publisher, topology, clock);
  }

  async publish(broadcast: Broadcast): Promise<void> {
    await this.outbox.broadcast(broadcast, lanesOf(broadcast.target, this.lanes)).catch(asUnavailable);
  }

  async enqueue(lane: number, message: QueueMessage): Promise<void> {
    await this.outbox.enqueue(lane, message).catch(asUnavailable);
  }

  /** What is in the hands of other processes is not counted: up to 256 messages a lane. */
  async depth(): Promise<number> {
    const waiting = await this.publisher.count().catch(asUnavailable);
    return [...this.consumers].reduce((total, { inHand }) => total + inHand, waiting);
  }

  consume(handler: LaneHandler): LaneConsumer {
    const { deadLetters, log } = this.options;
    const consumer = new AmqpLaneConsumer({ ...this.parts, outbox: this.outbox, deadLetters, log, handler });
    this.consumers.add(consumer);
    return {
      stop: async () => {
        await consumer.stop();
        this.consumers.delete(consumer);
      },
    };
  }

  async close(): Promise<void> {
    await this.publisher.close();
  }
}

function asUnavailable(error: unknown): never {
  throw error instanceof AmqpFailure ? new QueueUnavailable(error.message, { cause: error }) : error;
}
