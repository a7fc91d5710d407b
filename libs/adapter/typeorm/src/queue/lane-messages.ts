import { type Broadcast, encodeQueueMessage, type QueueMessage } from '@sendback/domain/messaging';
import { marks, type Row, type Session } from '../database/session';

/** A message on a lane without its body. */
export interface Head {
  readonly seq: number;
  readonly bytes: number;
  readonly deliveries: number;
}

/** At the end of several lanes, in one statement that carries the body once. One that is there already stays. */
export async function append(
  session: Session,
  lanes: readonly number[],
  broadcast: Broadcast,
): Promise<void> {
  const messageId = broadcast.broadcastId;
  await insert(session, lanes, { messageId, broadcast, attempt: 0, recipients: null });
}

/** At the end of one lane. One that is there already stays. */
export async function enqueue(session: Session, lane: number, message: QueueMessage): Promise<void> {
  await insert(session, [lane], message);
}

async function insert(session: Session, lanes: readonly number[], message: QueueMessage): Promise<void> {
  const body = encodeQueueMessage(message);
  const numbers = lanes.map((lane) => `SELECT ${lane} AS Lane`).join(' UNION ALL ');
  await session.change(
    `INSERT INTO BroadcastMessage (Lane, MessageID, Body, Bytes) SELECT lanes.Lane, ?, ?, ? FROM (${numbers}) AS lanes
     WHERE TRUE ${session.dialect.keep('BroadcastMessage', 'Bytes')}`,
    [message.messageId, body, Buffer.byteLength(body)],
  );
}

/** Onto the lane as soon as it is due. */
export async function delay(
  session: Session,
  lane: number,
  message: QueueMessage,
  delayMs: number,
): Promise<void> {
  const body = encodeQueueMessage(message);
  await session.change(
    `INSERT INTO BroadcastMessage (Lane, MessageID, Body, Bytes, DueAt)
     VALUES (?, ?, ?, ?, ${session.dialect.now} + ?) ${session.dialect.keep('BroadcastMessage', 'Bytes')}`,
    [lane, message.messageId, body, Buffer.byteLength(body), delayMs],
  );
}

/** The first of those that wait, and of those that were delayed and are due: up to `limit` of each, in their order. */
export async function headsOf(
  { rows, dialect }: Session,
  lane: number,
  limit: number,
): Promise<{ waiting: readonly Head[]; due: readonly Head[] }> {
  const select =
    'SELECT Seq AS seq, Bytes AS bytes, Deliveries AS deliveries, DueAt AS dueAt FROM BroadcastMessage';
  const found = await rows(
    `SELECT * FROM (${select} WHERE Lane = ? AND DueAt = 0 ORDER BY Seq LIMIT ?) AS waiting UNION ALL
     SELECT * FROM (${select} WHERE Lane = ? AND DueAt > 0 AND DueAt <= ${dialect.now} ORDER BY DueAt, Seq LIMIT ?) AS due
     ORDER BY dueAt, seq`,
    [lane, limit, lane, limit],
  );
  const heads = found.map(({ seq, bytes, deliveries, dueAt }) => ({
    seq: Number(seq),
    bytes: Number(bytes),
    deliveries: Number(deliveries),
    dueAt: Number(dueAt),
  }));
  return { waiting: heads.filter(({ dueAt }) => dueAt === 0), due: heads.filter(({ dueAt }) => dueAt > 0) };
}

/** In the order of the lane. */
export async function bodiesOf({ rows }: Session, sequence: readonly number[]): Promise<readonly Row[]> {
  const sql = `SELECT Seq AS seq, MessageID AS messageId, Body AS body FROM BroadcastMessage
    WHERE Seq IN (${marks(sequence)}) ORDER BY Seq`;
  return rows(sql, sequence);
}

/** From where they are to the end of the lane, in the order of `heads`. */
export async function moveToTheEnd(session: Session, lane: number, heads: readonly Head[]): Promise<void> {
  const sequence = heads.map(({ seq }) => seq);
  const bodies = new Map((await bodiesOf(session, sequence)).map((row) => [Number(row['seq']), row]));
  await session.change(`DELETE FROM BroadcastMessage WHERE Seq IN (${marks(sequence)})`, sequence);
  for (const { seq, bytes } of heads) {
    const { messageId, body } = bodies.get(seq) ?? {};
    await session.change('INSERT INTO BroadcastMessage (Lane, MessageID, Body, Bytes) VALUES (?, ?, ?, ?)', [
      lane,
      String(messageId),
      String(body),
      bytes,
    ]);
  }
}

export async function remove({ change }: Session, sequence: readonly number[]): Promise<void> {
  await change(`DELETE FROM BroadcastMessage WHERE Seq IN (${marks(sequence)})`, sequence);
}

/** A message of a lane becomes a dead letter as it is. */
export async function bury({ change }: Session, seq: number, reason: string, deadAt: number): Promise<void> {
  await change(
    `INSERT INTO BroadcastDeadLetter (Lane, Body, Reason, DeadAt)
     SELECT Lane, Body, ?, ? FROM BroadcastMessage WHERE Seq = ?`,
    [reason, deadAt, seq],
  );
  await change('DELETE FROM BroadcastMessage WHERE Seq = ?', [seq]);
}

export async function addDeadLetter(
  { change }: Session,
  lane: number,
  message: QueueMessage,
  reason: string,
  deadAt: number,
): Promise<void> {
  await change('INSERT INTO BroadcastDeadLetter (Lane, Body, Reason, DeadAt) VALUES (?, ?, ?, ?)', [
    lane,
    encodeQueueMessage(message),
    reason,
    deadAt,
  ]);
}
