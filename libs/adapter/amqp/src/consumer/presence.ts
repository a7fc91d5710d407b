import { randomUUID } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Clock } from '@sendback/domain/runtime';
import type { Topology } from '../broker/topology';
import type { Outbox } from '../outbox';
import { Members } from './members';

/** As many beats of silence make a member dead. */
const SILENT_BEATS = 3.5;
const MAX_UNREAD = 1_000;

export interface PresenceParts {
  readonly topology: Topology;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly member: string;
  readonly beatMs: number;
  /** Is called when a member has come or gone, other than by silence. */
  readonly changed: () => void;
}

/** What consumers tell each other, over a queue of each one's own: that they are there, and that they leave. */
export class Presence {
  private readonly members: Members;
  private readonly queue: string;
  private left = false;

  constructor(
    private readonly channel: Channel,
    private readonly parts: PresenceParts,
  ) {
    const { member, beatMs, clock, topology } = parts;
    this.members = new Members(member, SILENT_BEATS * beatMs, clock);
    this.queue = `${topology.members}.${randomUUID()}`;
  }

  /** @throws what the broker objects to */
  async join(): Promise<void> {
    await this.channel.assertQueue(this.queue, {
      exclusive: true,
      durable: false,
      arguments: {
        'x-queue-type': 'classic',
        'x-max-length': MAX_UNREAD,
        'x-message-ttl': SILENT_BEATS * this.parts.beatMs,
      },
    });
    await this.channel.bindQueue(this.queue, this.parts.topology.members, '');
    await this.channel.consume(this.queue, (message) => this.heard(message), { noAck: true });
    void this.announce();
  }

  /** Resolves when the broker answers. @throws what it objects to */
  async probe(): Promise<void> {
    await this.channel.checkQueue(this.queue);
  }

  /**
   * Tells the others. Never rejects: who is not heard of is thought dead, and keeps all the same what it has as long as
   * the broker holds it for alive.
   */
  async announce(): Promise<void> {
    const { outbox, member } = this.parts;
    await outbox.tellMembers(member, `${this.left ? 'left' : 'here'} ${member}`).catch(() => undefined);
  }

  async leave(): Promise<void> {
    this.left = true;
    await this.announce();
  }

  /** Who shares the lanes, oneself included. */
  live(): readonly string[] {
    return this.members.live();
  }

  private heard(message: ConsumeMessage | null): void {
    const [, what, member] = /^(here|left) ([0-9a-f-]{36})$/.exec(message?.content.toString() ?? '') ?? [];
    if (!member || member === this.parts.member || this.left) return;
    if (what === 'left') this.members.left(member);
    else if (this.members.heard(member)) void this.announce();
    else return;
    this.parts.changed();
  }
}
