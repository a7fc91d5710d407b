import type { Channel } from 'amqplib';
import type { DeadLetterStore, LaneHandler } from '@sendback/domain/messaging';
import type { Clock, Log, Timer } from '@sendback/domain/runtime';
import type { AmqpUrl } from '../amqp-url';
import { AmqpConnection } from '../broker/connection';
import { Deadline } from '../broker/deadline';
import { AmqpFailure, reasonOf } from '../broker/failure';
import type { Topology } from '../broker/topology';
import type { Outbox } from '../outbox';
import { DeadLetterService } from './dead-letter-service';
import { LaneService } from './lane-service';
import { Lease } from './lease';
import { Presence } from './presence';
import { shareOf } from './shares';

export interface ConsumingParts {
  readonly url: AmqpUrl;
  readonly topology: Topology;
  readonly heartbeatS: number;
  readonly outbox: Outbox;
  readonly deadLetters: DeadLetterStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly handler: LaneHandler;
  /** Of this consumer among all. */
  readonly member: string;
  /** Those of earlier sessions whose handlers are still at work included. */
  readonly services: Map<number, LaneService>;
}

const BEATS_IN_A_HEARTBEAT = 5;
const BEATS_BETWEEN_DECLARING = 10;

/** To declare everything, for the first time at worst. */
const OPEN_MS = 10_000;

/**
 * One connection of a consumer. At every beat it makes sure that the broker answers, says that it is there, and takes or
 * leaves lanes until it has its share. What consumers know of each other is for balance alone: the broker's single
 * active consumer sees to it that nobody serves a lane that another still does.
 */
export class ConsumingSession {
  /** Resolves to why it ended. Never rejects. */
  readonly ended: Promise<AmqpFailure>;
  private readonly lease: Lease;
  private readonly presence: Presence;
  private readonly beatMs: number;
  private beat: Timer | null = null;
  private beats = 0;
  private deadLetters: DeadLetterService | null = null;
  private leaving = false;

  private constructor(
    private readonly connection: AmqpConnection,
    control: Channel,
    private readonly parts: ConsumingParts,
  ) {
    const { heartbeatS, clock } = parts;
    this.beatMs = (1_000 * heartbeatS) / BEATS_IN_A_HEARTBEAT;
    // The broker closes a connection when it has not heard of it for two heartbeats to three.
    this.lease = new Lease(1_500 * heartbeatS, clock);
    const changed = (): void => this.takeShare();
    this.presence = new Presence(control, { ...parts, beatMs: this.beatMs, changed });
    this.ended = connection.ended.then((failure) => {
      this.lease.end();
      this.beat?.cancel();
      return failure;
    });
  }

  /** @throws AmqpFailure within 15 seconds */
  static async open(parts: ConsumingParts): Promise<ConsumingSession> {
    const { url, member, heartbeatS } = parts;
    const connection = await AmqpConnection.open(url, `sendback consumer ${member}`, heartbeatS);
    try {
      return await new Deadline(OPEN_MS, connection.label).race(ConsumingSession.on(connection, parts));
    } catch (error) {
      await connection.close();
      if (error instanceof AmqpFailure) throw error;
      throw new AmqpFailure(`${connection.label}: ${reasonOf(error)}`, 'lost', { cause: error });
    }
  }

  private static async on(connection: AmqpConnection, parts: ConsumingParts): Promise<ConsumingSession> {
    await parts.topology.declare(connection);
    const session = new ConsumingSession(connection, await connection.channel(), parts);
    await session.presence.join();
    // Lanes are taken after a moment in which the others can make themselves known.
    session.beatAfter(session.beatMs / 5);
    return session;
  }

  /** Others get the idle lanes at once, and those at work when their batches are settled. */
  async leave(): Promise<void> {
    this.leaving = true;
    const serving = [...this.parts.services.values(), ...(this.deadLetters ? [this.deadLetters] : [])];
    for (const service of serving) service.stop();
    await Promise.all([this.presence.leave(), ...serving.map(({ done }) => done)]);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private beatAfter(ms: number): void {
    this.beat = this.parts.clock.after(ms, () => {
      this.onBeat().catch((error: unknown) => this.end(reasonOf(error)));
    });
  }

  private async onBeat(): Promise<void> {
    if (this.lease.lost()) {
      this.end('this process stood still');
      return;
    }
    const askedAt = this.parts.clock.now();
    await this.presence.probe();
    this.lease.renew(askedAt);
    this.beats++;
    void this.presence.announce();
    this.takeShare();
    if (this.beats % BEATS_BETWEEN_DECLARING === 0) await this.declareAgain();
    if (this.connection.isOpen) this.beatAfter(this.beatMs);
  }

  /** Somebody may have deleted what nobody should. */
  private async declareAgain(): Promise<void> {
    await this.parts.topology.declare(this.connection).catch((error: unknown) => {
      this.parts.log.error('the queue is not as it should be', { error });
    });
  }

  private takeShare(): void {
    if (this.leaving || this.beats === 0 || this.lease.lost()) return;
    const { services, member, topology, deadLetters: store, clock, log } = this.parts;
    const share = shareOf(member, this.presence.live(), topology.lanes);
    for (const [lane, service] of services) if (!share.includes(lane)) service.leave();
    for (const lane of share) if (!services.has(lane)) this.serve(lane);
    this.deadLetters ??= new DeadLetterService({ topology, ...this.access(), store, clock, log });
  }

  private serve(lane: number): void {
    const { services, topology, handler, outbox, clock, log } = this.parts;
    const service = new LaneService({ lane, topology, ...this.access(), handler, outbox, clock, log });
    services.set(lane, service);
    void service.done.then(() => services.delete(lane));
  }

  private access(): { openChannel: () => Promise<Channel>; lost: () => boolean } {
    const { connection, lease } = this;
    return { openChannel: () => connection.channel(), lost: () => lease.lost() || !connection.isOpen };
  }

  private end(reason: string): void {
    this.lease.end();
    this.connection.cut(reason);
  }
}
