import type { ConfirmChannel, Options } from 'amqplib';
import type { Clock } from '@sendback/domain/runtime';
import { type AmqpUrl } from '../amqp-url';
import { AmqpConnection } from './connection';
import { AmqpFailure, reasonOf } from './failure';
import type { Topology } from './topology';

export interface Outgoing {
  /** Empty for the queue that the routing key names. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  /** To be stored before it is confirmed, and refused when no queue would get it. */
  readonly durable: boolean;
  readonly properties: Options.Publish & { readonly messageId: string };
}

export interface PublishingParts {
  readonly url: AmqpUrl;
  readonly topology: Topology;
  readonly heartbeatS: number;
  readonly clock: Clock;
}

/** What may be on its way without being confirmed. */
const MAX_UNCONFIRMED_BYTES = 64 * 1024 * 1024;
const LOOK_MS = 1_000;

/** A connection with a channel for publishing, and everything declared that is published to. */
export class PublishingChannel {
  private readonly returned = new Map<string, number>();
  private unconfirmed = 0;
  private unconfirmedBytes = 0;
  private retired = false;
  private delays: Promise<void> | null = null;
  private closedBy: unknown = null;
  private seenAt: number;

  private constructor(
    readonly connection: AmqpConnection,
    private readonly channel: ConfirmChannel,
    private readonly parts: PublishingParts,
  ) {
    this.seenAt = parts.clock.now();
    const look = setInterval(() => (this.seenAt = parts.clock.now()), LOOK_MS).unref();
    void connection.ended.then(() => clearInterval(look));
    channel.on('error', (error) => (this.closedBy = error));
    channel.on('close', () => this.retire());
    channel.on('return', ({ fields, properties }) => {
      const key = keyOf(fields.exchange, fields.routingKey, String(properties.messageId));
      this.returned.set(key, (this.returned.get(key) ?? 0) + 1);
    });
  }

  /** @throws AmqpFailure */
  static async open(parts: PublishingParts): Promise<PublishingChannel> {
    const connection = await AmqpConnection.open(parts.url, 'sendback publisher', parts.heartbeatS);
    try {
      await parts.topology.declare(connection);
      return new PublishingChannel(connection, await connection.confirmChannel(), parts);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** False for one that is over, or must be: a process that stood still may have lost its connection unawares. */
  get isUsable(): boolean {
    const stoodStill = this.parts.clock.now() - this.seenAt > 2_000 * this.parts.heartbeatS;
    return this.connection.isOpen && !this.retired && !stoodStill;
  }

  /**
   * Resolves once all are confirmed.
   * @throws AmqpFailure
   */
  async send(messages: readonly Outgoing[]): Promise<void> {
    const { blocked, label } = this.connection;
    if (blocked !== null) throw new AmqpFailure(`${label}: takes no messages for now: ${blocked}`, 'refused');
    const bytes = messages.reduce((total, { body }) => total + body.length, 0);
    if (this.unconfirmed > 0 && this.unconfirmedBytes + bytes > MAX_UNCONFIRMED_BYTES) {
      throw new AmqpFailure(`${label}: confirms too slowly what is published`, 'refused');
    }
    await Promise.all(messages.map((message) => this.sendOne(message)));
  }

  /** Once, when it succeeds. @throws AmqpFailure */
  async declareDelays(): Promise<void> {
    this.delays ??= this.parts.topology.declareDelays(this.connection).catch((error: unknown) => {
      this.delays = null;
      throw error;
    });
    await this.delays;
  }

  /** Nothing more is sent; the connection closes when what is under way is confirmed. Idempotent. */
  retire(): void {
    this.retired = true;
    if (this.unconfirmed === 0) void this.connection.close();
  }

  private sendOne(message: Outgoing): Promise<void> {
    const { exchange, routingKey, body, durable, properties } = message;
    this.unconfirmed++;
    this.unconfirmedBytes += body.length;
    return new Promise((resolve, reject) => {
      const settle = (failure: Error | null): void => {
        this.unconfirmed--;
        this.unconfirmedBytes -= body.length;
        if (this.retired) this.retire();
        if (failure === null) resolve();
        else reject(failure);
      };
      const confirmed = (error: unknown): void => settle(this.failureOf(message, error));
      try {
        const options = { ...properties, persistent: durable, mandatory: durable };
        this.channel.publish(exchange, routingKey, body, options, confirmed);
      } catch (error) {
        // What amqplib cannot encode is a bug, and no matter of the broker.
        if (error instanceof Error && error.name === 'IllegalOperationError') confirmed(error);
        else settle(error as Error);
      }
    });
  }

  private failureOf({ exchange, routingKey, properties }: Outgoing, error: unknown): AmqpFailure | null {
    const wasReturned = this.takeReturn(keyOf(exchange, routingKey, properties.messageId));
    const { label } = this.connection;
    const target = exchange || routingKey;
    if (error === null) {
      return wasReturned ? new AmqpFailure(`${label}: "${target}" leads to no queue`, 'unroutable') : null;
    }
    if (reasonOf(error) === 'message nacked') {
      const message = `${label}: "${target}" does not take what is published: it is full, or has no majority of nodes`;
      return new AmqpFailure(message, 'refused', { cause: error });
    }
    return new AmqpFailure(`${label}: ${reasonOf(this.closedBy ?? error)}`, 'lost', { cause: error });
  }

  /** The broker returns what it has no way for, and then confirms it all the same. */
  private takeReturn(key: string): boolean {
    const count = this.returned.get(key) ?? 0;
    if (count > 1) this.returned.set(key, count - 1);
    else this.returned.delete(key);
    return count > 0;
  }
}

const keyOf = (exchange: string, routingKey: string, messageId: string): string =>
  JSON.stringify([exchange, routingKey, messageId]);
