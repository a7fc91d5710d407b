import type { Channel, ConsumeMessage } from 'amqplib';
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
import { Members } from './members';
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

/** How many beats of silence make a member dead: its lanes are subscribed to by others then. */
const SILENT_BEATS = 3.5;
const BEATS_BETWEEN_DECLARING = 10;

/** To declare everything, for the first time at worst. */
const OPEN_MS = 10_000;

/**
 * One connection of a consumer. At every beat, a fifth of the heartbeat, it makes sure that the broker answers, says that
 * it is there, and takes or leaves lanes until it has its share. What the others know is for balance alone: the broker's
 * single active consumer sees to it that nobody serves a lane that another still does.
 */
export class ConsumingSession {
  /** Resolves to why it ended. Never rejects. */
  readonly ended: Promise<AmqpFailure>;
  private readonly lease: Lease;
  private readonly members: Members;
  private beat: Timer | null = null;
  private beats = 0;
  private deadLetters: DeadLetterService | null = null;
  private leaving = false;

  private constructor(
    private readonly connection: AmqpConnection,
    private readonly control: Channel,
    private readonly presence: string,
    private readonly parts: ConsumingParts,
  ) {
    const { heartbeatS, clock, member } = parts;
    this.lease = new Lease(1_500 * heartbeatS, clock);
    this.members = new Members(member, SILENT_BEATS * this.beatMs, clock);
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
    const { topology, heartbeatS } = parts;
    await topology.declare(connection);
    const control = await connection.channel();
    const presence = await declarePresence(control, topology.members, heartbeatS);
    const session = new ConsumingSession(connection, control, presence, parts);
    await control.consume(presence, (message) => session.heard(message), { noAck: true });
    session.announce();
    // Lanes are taken after a moment in which the others can make themselves known.
    session.beatAfter(session.beatMs / 5);
    return session;
  }

  /** Others get the idle lanes at once, and those at work when their batches are settled. */
  async leave(): Promise<void> {
    this.leaving = true;
    this.announce();
    const serving = [...this.parts.services.values(), ...(this.deadLetters ? [this.deadLetters] : [])];
    for (const service of serving) service.stop();
    await Promise.all(serving.map(({ done }) => done));
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private get beatMs(): number {
    return this.parts.heartbeatS * 200;
  }

  private beatAfter(ms: number): void {
    this.beat = this.parts.clock.after(ms, () => {
      this.onBeat().catch((error: unknown) => this.end(reasonOf(error)));
    });
  }

  private async onBeat(): Promise<void> {
    const askedAt = this.parts.clock.now();
    if (this.lease.lost()) {
      this.end('this process stood still');
      return;
    }
    await this.control.checkQueue(this.presence);
    this.lease.renew(askedAt);
    this.beats++;
    this.announce();
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

  private announce(): void {
    const { outbox, member } = this.parts;
    // Who is not heard of for some beats is thought dead, and keeps what it has as long as the broker holds it for alive.
    outbox.tellMembers(member, `${this.leaving ? 'left' : 'here'} ${member}`).catch(() => undefined);
  }

  private heard(message: ConsumeMessage | null): void {
    const [, what, member] = /^(here|left) ([0-9a-f-]{36})$/.exec(message?.content.toString() ?? '') ?? [];
    if (!member || member === this.parts.member || this.leaving) return;
    if (what === 'left') this.members.left(member);
    else if (!this.members.heard(member)) return;
    else this.announce();
    this.takeShare();
  }

  private takeShare(): void {
    // Before the first beat others may not have been heard of.
    if (this.leaving || this.beats === 0 || this.lease.lost()) return;
    const { services, member, topology } = this.parts;
    const share = shareOf(member, this.members.live(), topology.lanes);
    for (const [lane, service] of services) if (!share.includes(lane)) service.leave();
    for (const lane of share) if (!services.has(lane)) this.serve(lane);
    const { deadLetters: store, clock, log } = this.parts;
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

/** A queue of this connection's own, bounded, for what the others say. */
async function declarePresence(control: Channel, members: string, heartbeatS: number): Promise<string> {
  const { queue } = await control.assertQueue('', {
    exclusive: true,
    durable: false,
    arguments: { 'x-queue-type': 'classic', 'x-max-length': 1_000, 'x-message-ttl': 1_000 * heartbeatS },
  });
  await control.bindQueue(queue, members, '');
  return queue;
}
