import type { Channel } from 'amqplib';
import { MAX_DELIVERIES } from '@sendback/domain/messaging';
import type { AmqpConnection } from './connection';
import { deadLettering, declareExchange, declareNumber, declareQueue, onChannel } from './declaring';

/** How much may wait on a lane: past it the broker refuses what is published. */
const MAX_LANE_BYTES = 1024 ** 3;

/** When the broker itself gives a message up: long after consumers should have, who know better which is to blame. */
const DELIVERY_LIMIT = 5 * MAX_DELIVERIES;

/** The longest delays of the delay queues: a retry waits behind those of its own magnitude only. */
export const DELAYS_MS = [500, 2_000, 8_000, 30_000, 120_000, 600_000, 3_600_000, 2 ** 32 - 1] as const;

/**
 * What a deployment has in its vhost, all durable, the queues quorum queues:
 * - `PREFIX.lane.N`: the lanes, each with a single active consumer.
 * - `PREFIX.all`: an exchange that puts a message on every lane.
 * - `PREFIX.dead`: dead letters on their way to the store.
 * - `PREFIX.delay.MS`: an exchange and its queue, from which messages go on to the queue that they are addressed to
 *   when their time is over.
 * - `PREFIX.members`: an exchange on which consumers say that they are there.
 * - `PREFIX.lanes`: a queue that stays empty and keeps the number of lanes.
 */
export class Topology {
  readonly all: string;
  readonly dead: string;
  readonly members: string;

  constructor(
    private readonly prefix: string,
    readonly lanes: number,
  ) {
    this.all = `${prefix}.all`;
    this.dead = `${prefix}.dead`;
    this.members = `${prefix}.members`;
  }

  lane(number: number): string {
    return `${this.prefix}.lane.${number}`;
  }

  /** The exchange for messages that are to wait so long. */
  delay(ms: number): string {
    return this.delayName(DELAYS_MS.find((longest) => ms <= longest) ?? DELAYS_MS[7]);
  }

  /** The time to live for such a delay, as the broker reads it. */
  expiration(ms: number): string {
    return String(Math.min(Math.ceil(ms), DELAYS_MS[7]));
  }

  /**
   * Makes what is missing; changes nothing otherwise.
   * @throws AmqpFailure naming what is there and differs
   */
  async declare(connection: AmqpConnection): Promise<void> {
    await onChannel(connection, async (channel) => {
      await declareNumber(channel, `${this.prefix}.lanes`, this.lanes);
      await this.declareDead(channel);
      await declareExchange(channel, this.members);
      await declareExchange(channel, this.all);
      for (let lane = 0; lane < this.lanes; lane++) await this.declareLane(channel, lane);
    });
  }

  /** @throws AmqpFailure naming what is there and differs */
  async declareDelays(connection: AmqpConnection): Promise<void> {
    await onChannel(connection, async (channel) => {
      for (const name of DELAYS_MS.map((ms) => this.delayName(ms))) {
        await declareExchange(channel, name);
        await declareQueue(channel, name, deadLettering());
        await channel.bindQueue(name, name, '');
      }
    });
  }

  /** How many messages are ready on the lanes, or delayed. @throws AmqpFailure */
  async count(connection: AmqpConnection): Promise<number> {
    const lanes = Array.from({ length: this.lanes }, (_, lane) => this.lane(lane));
    return onChannel(connection, async (channel) => {
      let total = 0;
      for (const name of [...lanes, ...DELAYS_MS.map((ms) => this.delayName(ms))]) {
        total += (await channel.checkQueue(name)).messageCount;
      }
      return total;
    });
  }

  private async declareDead(channel: Channel): Promise<void> {
    await declareQueue(channel, this.dead, {
      'x-single-active-consumer': true,
      // None: what RabbitMQ 4 took off here would be lost.
      'x-delivery-limit': 2 ** 31 - 1,
    });
  }

  private async declareLane(channel: Channel, lane: number): Promise<void> {
    const name = this.lane(lane);
    await declareQueue(channel, name, {
      ...deadLettering(this.dead),
      'x-single-active-consumer': true,
      'x-max-length-bytes': MAX_LANE_BYTES,
      // RabbitMQ 4 has one of its own, and a lower one, where there is none.
      'x-delivery-limit': DELIVERY_LIMIT,
    });
    await channel.bindQueue(name, this.all, '');
  }

  private delayName(longestMs: number): string {
    return `${this.prefix}.delay.${longestMs}`;
  }
}
