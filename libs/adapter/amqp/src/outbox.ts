import { randomUUID } from 'node:crypto';
import {
  type Broadcast,
  encodeQueueMessage,
  type QueueMessage,
  type Settlement,
} from '@sendback/domain/messaging';
import type { Clock } from '@sendback/domain/runtime';
import type { Publisher } from './broker/publisher';
import type { Outgoing } from './broker/publishing-channel';
import type { Topology } from './broker/topology';
import { outgoingDeadLetter } from './dead-letter-message';

/** As many bytes as fit into what AMQP calls a short string. */
const SHORT_STRING_BYTES = 255;

/** Everything that is put on the broker's queues. Each call throws an AmqpFailure when it is not stored in time. */
export class Outbox {
  constructor(
    private readonly publisher: Publisher,
    private readonly topology: Topology,
    private readonly clock: Clock,
  ) {}

  /** One publish where it goes to every lane; else each lane's own, so that the broker tells when one is missing. */
  async broadcast(broadcast: Broadcast, lanes: readonly number[]): Promise<void> {
    const message = { messageId: broadcast.broadcastId, broadcast, attempt: 0, recipients: null };
    const outgoing = outgoingOf(message);
    const { all } = this.topology;
    if (lanes.length > 1 && lanes.length === this.topology.lanes) {
      await this.publisher.publish([{ ...outgoing, exchange: all, routingKey: '' }]);
    } else {
      await this.publisher.publish(
        lanes.map((lane) => ({ ...outgoing, exchange: '', routingKey: this.topology.lane(lane) })),
      );
    }
  }

  async enqueue(lane: number, message: QueueMessage): Promise<void> {
    const routingKey = this.topology.lane(lane);
    await this.publisher.publish([{ ...outgoingOf(message), exchange: '', routingKey }]);
  }

  async settle(lane: number, { retries, deadLetters }: Settlement): Promise<void> {
    const routingKey = this.topology.lane(lane);
    const buried = deadLetters.map(({ message, reason }) =>
      this.deadLetter(lane, encodeQueueMessage(message), reason),
    );
    const now = retries
      .filter(({ delayMs }) => delayMs <= 0)
      .map(({ message }) => ({ ...outgoingOf(message), exchange: '', routingKey }));
    const later = retries
      .filter(({ delayMs }) => delayMs > 0)
      .map(({ message, delayMs }) => this.delayed(outgoingOf(message), routingKey, delayMs));
    await this.publisher.publish([...buried, ...now]);
    await this.publisher.delay(later);
  }

  /** Gives a body up that came from a lane. */
  async bury(lane: number, body: string, reason: string): Promise<void> {
    await this.publisher.publish([this.deadLetter(lane, body, reason)]);
  }

  /** Tells all consumers. Is lost where nobody listens. */
  async tellMembers(messageId: string, body: string): Promise<void> {
    const exchange = this.topology.members;
    const outgoing = {
      exchange,
      routingKey: '',
      body: Buffer.from(body),
      durable: false,
      properties: { messageId },
    };
    await this.publisher.publish([outgoing]);
  }

  private delayed(
    outgoing: Omit<Outgoing, 'exchange' | 'routingKey'>,
    routingKey: string,
    ms: number,
  ): Outgoing {
    const properties = { ...outgoing.properties, expiration: this.topology.expiration(ms) };
    return { ...outgoing, exchange: this.topology.delay(ms), routingKey, properties };
  }

  private deadLetter(lane: number, body: string, reason: string): Outgoing {
    const letter = { key: randomUUID(), lane, body, reason, deadAt: this.clock.now() };
    return outgoingDeadLetter(letter, this.topology.dead);
  }
}

function outgoingOf(message: QueueMessage): Omit<Outgoing, 'exchange' | 'routingKey'> {
  const { acceptedAt, traceparent } = message.broadcast;
  return {
    body: Buffer.from(encodeQueueMessage(message)),
    durable: true,
    properties: {
      messageId: shortString(message.messageId),
      contentType: 'application/json',
      // In seconds, as the protocol has it.
      timestamp: Math.floor(acceptedAt / 1_000),
      headers: traceparent === null ? {} : { traceparent },
    },
  };
}

function shortString(text: string): string {
  return Buffer.from(text)
    .subarray(0, SHORT_STRING_BYTES - 3)
    .toString();
}
