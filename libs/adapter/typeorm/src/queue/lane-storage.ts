import {
  batchLength,
  type Broadcast,
  decodeQueueMessage,
  gaveUp,
  MalformedMessage,
  MAX_BATCH_MESSAGES,
  MAX_DELIVERIES,
  type QueueMessage,
  type Settlement,
} from '@sendback/domain/messaging';
import type { Clock, Log } from '@sendback/domain/runtime';
import type { Access } from '../database/database';
import { marks } from '../database/session';
import { changeOwned, whileOwned } from './lane-guard';
import type { LaneLease } from './lane-lease';
import {
  addDeadLetter,
  append,
  bodiesOf,
  bury,
  delay,
  enqueue,
  headsOf,
  moveToTheEnd,
  remove,
} from './lane-messages';

/** What was taken from a lane to be handled. */
export interface Taken {
  readonly sequence: readonly number[];
  readonly messages: readonly QueueMessage[];
}

/**
 * The lanes' messages in the table `BroadcastMessage`, in the order of `Seq`. `DueAt` is 0 for what waits, and else
 * the time at which a retry goes to the end of its lane. Whatever changes what is on a lane is done under its lease.
 */
export class LaneStorage {
  constructor(
    private readonly database: Access,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async append(lanes: readonly number[], broadcast: Broadcast): Promise<void> {
    await this.database.run((session) => append(session, lanes, broadcast));
  }

  async enqueue(lane: number, message: QueueMessage): Promise<void> {
    await this.database.run((session) => enqueue(session, lane, message));
  }

  async depth(): Promise<number> {
    const [row] = await this.database.run(({ rows }) =>
      rows('SELECT COUNT(*) AS messages FROM BroadcastMessage'),
    );
    return Number(row?.['messages']);
  }

  /** Which of these lanes have something that waits or is due. */
  async stirring(lanes: readonly number[]): Promise<readonly number[]> {
    const found = await this.database.run(({ rows, dialect }) =>
      rows(
        `SELECT DISTINCT Lane AS lane FROM BroadcastMessage WHERE Lane IN (${marks(lanes)}) AND DueAt <= ${dialect.now}`,
        lanes,
      ),
    );
    return found.map(({ lane }) => Number(lane));
  }

  /**
   * The next batch of the lane, counted as handed over; null when nothing waits. Retries that are due go to the end of
   * the lane first; what was handed over too often, or does not parse, dies on the way.
   * @throws LaneLost
   */
  async take(lease: LaneLease): Promise<Taken | null> {
    for (;;) {
      const { waiting, due } = await this.database.run((session) =>
        headsOf(session, lease.lane, MAX_BATCH_MESSAGES),
      );
      const worn = waiting.filter(({ deliveries }) => deliveries >= MAX_DELIVERIES);
      if (due.length > 0) {
        const next = due.slice(0, batchLength(due));
        await whileOwned(this.database, lease, (session) => moveToTheEnd(session, lease.lane, next));
      } else if (worn.length > 0) {
        await this.bury(lease, new Map(worn.map(({ seq, deliveries }) => [seq, gaveUp(deliveries)])));
      } else if (waiting.length > 0) {
        const batch = waiting.slice(0, batchLength(waiting));
        const taken = await this.handOut(
          lease,
          batch.map(({ seq }) => seq),
        );
        if (taken.messages.length > 0) return taken;
      } else {
        return null;
      }
    }
  }

  /** @throws LaneLost, and then none of it has taken effect */
  async settle(lease: LaneLease, { sequence }: Taken, { retries, deadLetters }: Settlement): Promise<void> {
    if (retries.length === 0 && deadLetters.length === 0) {
      await this.database.run((session) =>
        changeOwned(session, lease, 'DELETE FROM BroadcastMessage', sequence),
      );
      return;
    }
    await whileOwned(this.database, lease, async (session) => {
      await remove(session, sequence);
      const now = this.clock.now();
      for (const { message, reason } of deadLetters)
        await addDeadLetter(session, lease.lane, message, reason, now);
      for (const { message, delayMs } of retries) await delay(session, lease.lane, message, delayMs);
    });
  }

  private async handOut(lease: LaneLease, sequence: readonly number[]): Promise<Taken> {
    const bodies = await this.database.run(async (session) => {
      await changeOwned(session, lease, 'UPDATE BroadcastMessage SET Deliveries = Deliveries + 1', sequence);
      return bodiesOf(session, sequence);
    });
    const messages = new Map<number, QueueMessage>();
    const unreadable = new Map<number, string>();
    for (const { seq, body } of bodies) {
      const message = decode(String(body));
      if (message instanceof MalformedMessage) unreadable.set(Number(seq), message.message);
      else messages.set(Number(seq), message);
    }
    if (unreadable.size > 0) await this.bury(lease, unreadable);
    return { sequence: [...messages.keys()], messages: [...messages.values()] };
  }

  private async bury(lease: LaneLease, reasons: ReadonlyMap<number, string>): Promise<void> {
    await whileOwned(this.database, lease, async (session) => {
      for (const [seq, reason] of reasons) await bury(session, seq, reason, this.clock.now());
    });
    for (const reason of reasons.values())
      this.log.error('a message was given up', { lane: lease.lane, reason });
  }
}

function decode(body: string): QueueMessage | MalformedMessage {
  try {
    return decodeQueueMessage(body);
  } catch (error) {
    if (error instanceof MalformedMessage) return error;
    throw error;
  }
}
