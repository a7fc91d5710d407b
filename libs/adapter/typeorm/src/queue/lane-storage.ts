import {
  batchLength,
  type Broadcast,
  decodeQueueMessage,
  encodeQueueMessage,
  gaveUp,
  MalformedMessage,
  MAX_BATCH_MESSAGES,
  MAX_DELIVERIES,
  type QueueMessage,
  type Settlement,
} from '@sendback/domain/messaging';
import type { Clock } from '@sendback/domain/runtime';
import type { Access } from '../database/database';
import { marks, type Row, type Session } from '../database/session';
import { type LaneLease, LaneLost } from './lane-lease';

/** What was taken from a lane to be handled. */
export interface Taken {
  readonly sequence: readonly number[];
  readonly messages: readonly QueueMessage[];
}

/** A message on a lane without its body. */
interface Head {
  readonly seq: number;
  readonly bytes: number;
  readonly deliveries: number;
}

/**
 * The lanes' messages in the table `BroadcastMessage`, in the order of `Seq`. `DueAt` is 0 for what waits, and else
 * the time at which a retry goes to the end of its lane. Whatever changes a lane asks in the same statement or
 * transaction whether the lease on it still holds.
 */
export class LaneStorage {
  constructor(
    private readonly database: Access,
    private readonly clock: Clock,
  ) {}

  /** One statement, with the body once: it is durable on every lane or on none. */
  async append(lanes: readonly number[], broadcast: Broadcast): Promise<void> {
    const messageId = broadcast.broadcastId;
    const body = encodeQueueMessage({ messageId, broadcast, attempt: 0, recipients: null });
    const numbers = lanes.map((lane) => `SELECT ${lane} AS Lane`).join(' UNION ALL ');
    await this.database.run(({ change, dialect }) =>
      change(
        `INSERT INTO BroadcastMessage (Lane, MessageID, Body, Bytes) SELECT lanes.Lane, ?, ?, ? FROM (${numbers}) AS lanes
         WHERE TRUE ${dialect.keep('BroadcastMessage', 'Bytes')}`,
        [messageId, body, Buffer.byteLength(body)],
      ),
    );
  }

  /** Which of these lanes have something that waits or is due. */
  async stirring(lanes: readonly number[]): Promise<readonly number[]> {
    const rows = await this.database.run((session) =>
      session.rows(
        `SELECT DISTINCT Lane AS lane FROM BroadcastMessage
         WHERE Lane IN (${marks(lanes)}) AND DueAt <= ${session.dialect.now}`,
        lanes,
      ),
    );
    return rows.map(({ lane }) => Number(lane));
  }

  /**
   * The next batch of the lane, counted as handed over; null when nothing waits. Retries that are due go to the end of
   * the lane first; what was handed over too often, or does not parse, dies on the way.
   * @throws LaneLost
   */
  async take(lease: LaneLease): Promise<Taken | null> {
    for (;;) {
      const { due, waiting } = await this.heads(lease.lane);
      const worn = waiting.filter(({ deliveries }) => deliveries >= MAX_DELIVERIES);
      if (due.length > 0) await this.moveToTheEnd(lease, due.slice(0, batchLength(due)));
      else if (worn.length > 0)
        await this.bury(lease, new Map(worn.map(({ seq, deliveries }) => [seq, gaveUp(deliveries)])));
      else if (waiting.length === 0) return null;
      else {
        const taken = await this.handOut(
          lease,
          waiting.slice(0, batchLength(waiting)).map(({ seq }) => seq),
        );
        if (taken.messages.length > 0) return taken;
      }
    }
  }

  /** @throws LaneLost, and then none of it has taken effect */
  async settle(lease: LaneLease, { sequence }: Taken, { retries, deadLetters }: Settlement): Promise<void> {
    if (retries.length === 0 && deadLetters.length === 0) return this.drop(lease, sequence);
    await this.owned(lease, async ({ change, dialect }) => {
      await change(`DELETE FROM BroadcastMessage WHERE Seq IN (${marks(sequence)})`, sequence);
      for (const { message, reason } of deadLetters) {
        const values = [lease.lane, encodeQueueMessage(message), reason, this.clock.now()];
        await change(
          'INSERT INTO BroadcastDeadLetter (Lane, Body, Reason, DeadAt) VALUES (?, ?, ?, ?)',
          values,
        );
      }
      for (const { message, delayMs } of retries) {
        const body = encodeQueueMessage(message);
        await change(
          `INSERT INTO BroadcastMessage (Lane, MessageID, Body, Bytes, DueAt)
           VALUES (?, ?, ?, ?, ${dialect.now} + ?) ${dialect.keep('BroadcastMessage', 'Bytes')}`,
          [lease.lane, message.messageId, body, Buffer.byteLength(body), delayMs],
        );
      }
    });
  }

  private async heads(lane: number): Promise<{ due: readonly Head[]; waiting: readonly Head[] }> {
    const select =
      'SELECT Seq AS seq, Bytes AS bytes, Deliveries AS deliveries, DueAt AS dueAt FROM BroadcastMessage';
    const rows = await this.database.run((session) =>
      session.rows(
        `SELECT * FROM (${select} WHERE Lane = ? AND DueAt > 0 AND DueAt <= ${session.dialect.now}
           ORDER BY DueAt, Seq LIMIT ?) AS due
         UNION ALL SELECT * FROM (${select} WHERE Lane = ? AND DueAt = 0 ORDER BY Seq LIMIT ?) AS waiting`,
        [lane, MAX_BATCH_MESSAGES, lane, MAX_BATCH_MESSAGES],
      ),
    );
    const heads = rows.map(({ seq, bytes, deliveries, dueAt }) => ({
      seq: Number(seq),
      bytes: Number(bytes),
      deliveries: Number(deliveries),
      dueAt: Number(dueAt),
    }));
    const byTime = (a: { dueAt: number; seq: number }, b: { dueAt: number; seq: number }): number =>
      a.dueAt - b.dueAt || a.seq - b.seq;
    return {
      due: heads.filter(({ dueAt }) => dueAt > 0).sort(byTime),
      waiting: heads.filter(({ dueAt }) => dueAt === 0).sort(byTime),
    };
  }

  private async handOut(lease: LaneLease, sequence: readonly number[]): Promise<Taken> {
    const rows = await this.database.run(async (session) => {
      await this.changeOwned(
        session,
        lease,
        'UPDATE BroadcastMessage SET Deliveries = Deliveries + 1',
        sequence,
      );
      return bodiesOf(session, sequence);
    });
    const messages = new Map<number, QueueMessage>();
    const unreadable = new Map<number, string>();
    for (const { seq, body } of rows) {
      const message = decode(String(body));
      if (message instanceof MalformedMessage) unreadable.set(Number(seq), message.message);
      else messages.set(Number(seq), message);
    }
    if (unreadable.size > 0) await this.bury(lease, unreadable);
    return { sequence: [...messages.keys()], messages: [...messages.values()] };
  }

  private async drop(lease: LaneLease, sequence: readonly number[]): Promise<void> {
    await this.database.run((session) =>
      this.changeOwned(session, lease, 'DELETE FROM BroadcastMessage', sequence),
    );
  }

  private async moveToTheEnd(lease: LaneLease, heads: readonly Head[]): Promise<void> {
    await this.owned(lease, async (session) => {
      const sequence = heads.map(({ seq }) => seq);
      const bodies = new Map((await bodiesOf(session, sequence)).map((row) => [Number(row['seq']), row]));
      await session.change(`DELETE FROM BroadcastMessage WHERE Seq IN (${marks(sequence)})`, sequence);
      for (const { seq, bytes } of heads) {
        const { messageId = '', body = '' } = bodies.get(seq) ?? {};
        await session.change(
          'INSERT INTO BroadcastMessage (Lane, MessageID, Body, Bytes) VALUES (?, ?, ?, ?)',
          [lease.lane, messageId, body, bytes],
        );
      }
    });
  }

  private async bury(lease: LaneLease, reasons: ReadonlyMap<number, string>): Promise<void> {
    await this.owned(lease, async ({ change }) => {
      for (const [seq, reason] of reasons) {
        await change(
          `INSERT INTO BroadcastDeadLetter (Lane, Body, Reason, DeadAt)
           SELECT Lane, Body, ?, ? FROM BroadcastMessage WHERE Seq = ?`,
          [reason, this.clock.now(), seq],
        );
        await change('DELETE FROM BroadcastMessage WHERE Seq = ?', [seq]);
      }
    });
  }

  /** A transaction in which the lease holds to the end: nobody can claim the lane meanwhile. */
  private async owned(lease: LaneLease, work: (session: Session) => Promise<void>): Promise<void> {
    await this.database.transaction(async (session) => {
      const sql = 'UPDATE BroadcastLane SET Owner = ? WHERE Lane = ? AND Owner = ?';
      if ((await session.change(sql, [lease.token, lease.lane, lease.token])) === 0) throw new LaneLost();
      await work(session);
    });
  }

  private async changeOwned(
    { change }: Session,
    { lane, token }: LaneLease,
    statement: string,
    sequence: readonly number[],
  ): Promise<void> {
    const changed = await change(
      `${statement} WHERE Seq IN (${marks(sequence)})
       AND EXISTS (SELECT 1 FROM BroadcastLane l WHERE l.Lane = ? AND l.Owner = ?)`,
      [...sequence, lane, token],
    );
    if (changed === 0) throw new LaneLost();
  }
}

async function bodiesOf({ rows }: Session, sequence: readonly number[]): Promise<readonly Row[]> {
  const sql = `SELECT Seq AS seq, MessageID AS messageId, Body AS body FROM BroadcastMessage
    WHERE Seq IN (${marks(sequence)}) ORDER BY Seq`;
  return rows(sql, sequence);
}

function decode(body: string): QueueMessage | MalformedMessage {
  try {
    return decodeQueueMessage(body);
  } catch (error) {
    if (error instanceof MalformedMessage) return error;
    throw error;
  }
}
