import type { Attendance, Message, Said } from './records';

/** Slower than this from its sending to its last arrival, a broadcast was held up. */
const HELD_UP_MS = 1_000;
const SHOWN = 5;

/** What the records of all clients show. */
export interface Verdict {
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Neither acknowledged nor refused, though the sender's connection stayed open. */
  readonly unanswered: number;
  /** Acknowledged broadcasts times the other connections that were open from before each until the end. */
  readonly expected: number;
  /** Of those. */
  readonly received: number;
  readonly lost: number;
  /** The same message id twice on one connection. */
  readonly duplicated: number;
  /** Not after everything that the same sender had said before. */
  readonly outOfOrder: number;
  /** The longest time that it took to answer a broadcast, from when it was the first of those waiting. */
  readonly slowestAnswerMs: number;
  /** Connections that ended before the end, and not because their clients left. */
  readonly closed: number;
  /** From the beginning until the last broadcast that was refused, or took longer than a second. */
  readonly recoveredAfterMs: number;
  /** For people: the first few of each kind of fault. */
  readonly examples: readonly string[];
}

/** @param faultAt when things began to go wrong, by the clock of the records */
export function judge(attendances: readonly Attendance[], faultAt: number): Verdict {
  const examples: string[] = [];
  const inspected = attendances.map((attendance) => inspect(attendance, examples));
  const all = attendances.flatMap((by) => by.said.map((said) => ({ by, said })));
  const { expected, received } = countDeliveries(attendances, inspected, examples);
  const lastArrivals = lastArrivalsOf(inspected);
  return {
    sent: all.length,
    acknowledged: all.filter(({ said }) => said.answer?.acknowledged).length,
    refused: all.filter(({ said }) => said.answer?.acknowledged === false).length,
    unanswered: all.filter(({ by, said }) => !said.answer && by.closedAt === null).length,
    expected,
    received,
    lost: expected - received,
    duplicated: inspected.reduce((sum, { duplicated }) => sum + duplicated, 0),
    outOfOrder: inspected.reduce((sum, { outOfOrder }) => sum + outOfOrder, 0),
    slowestAnswerMs: Math.max(0, ...attendances.flatMap(({ said }) => answerTimes(said))),
    closed: attendances.filter(({ closedAt, hasLeft }) => closedAt !== null && !hasLeft).length,
    recoveredAfterMs: Math.max(0, ...all.map(({ said }) => disturbanceOf(said, lastArrivals) - faultAt)),
    examples,
  };
}

/** @param inspected of each attendance */
function countDeliveries(
  attendances: readonly Attendance[],
  inspected: readonly Inspected[],
  examples: string[],
): Pick<Verdict, 'expected' | 'received'> {
  let expected = 0;
  let received = 0;
  for (const by of attendances) {
    for (const { n, sentAt, answer } of by.said.filter((said) => said.answer?.acknowledged)) {
      const messageId = answer?.text ?? '';
      for (const [index, { id, openedAt, closedAt }] of attendances.entries()) {
        if (id === by.id || closedAt !== null || openedAt >= sentAt) continue;
        expected++;
        if (inspected[index]?.messages.has(messageId)) received++;
        else note(examples, 'lost', `${id} did not get ${messageId} (${n} of ${by.id})`);
      }
    }
  }
  return { expected, received };
}

function lastArrivalsOf(inspected: readonly Inspected[]): ReadonlyMap<string, number> {
  const lastArrivals = new Map<string, number>();
  for (const { messages } of inspected)
    for (const [id, { lastArrivalAt }] of messages) lastArrivals.set(id, lastArrivalAt);
  return lastArrivals;
}

interface Inspected {
  readonly messages: ReadonlyMap<string, Message>;
  readonly duplicated: number;
  readonly outOfOrder: number;
}

/** What one connection heard, in the order in which it did. */
function inspect({ id, heard }: Attendance, examples: string[]): Inspected {
  const messages = new Map<string, Message>();
  const latest = new Map<string, number>();
  let duplicated = 0;
  let outOfOrder = 0;
  for (const message of heard) {
    const { messageId, from, n } = message;
    const last = latest.get(from) ?? -1;
    if (messages.has(messageId)) {
      duplicated++;
      note(examples, 'duplicated', `${id} got ${messageId} (${n} of ${from}) again`);
    } else if (n <= last) {
      outOfOrder++;
      note(examples, 'out of order', `${id} got ${n} of ${from} after ${last}`);
    }
    messages.set(messageId, message);
    latest.set(from, Math.max(last, n));
  }
  return { messages, duplicated, outOfOrder };
}

/** A connection's broadcasts are dealt with one after the other. */
function answerTimes(said: readonly Said[]): number[] {
  let previousAt = 0;
  return said.flatMap(({ sentAt, answer }) => {
    if (!answer) return [];
    const begunAt = Math.max(sentAt, previousAt);
    previousAt = answer.at;
    return [answer.at - begunAt];
  });
}

/** When a broadcast showed that something was wrong; 0 when it did not. */
function disturbanceOf({ sentAt, answer }: Said, lastArrivals: ReadonlyMap<string, number>): number {
  if (!answer) return 0;
  if (!answer.acknowledged) return answer.at;
  const arrivedAt = lastArrivals.get(answer.text) ?? 0;
  return arrivedAt - sentAt > HELD_UP_MS ? arrivedAt : 0;
}

function note(examples: string[], kind: string, text: string): void {
  if (examples.filter((example) => example.startsWith(`${kind}: `)).length < SHOWN)
    examples.push(`${kind}: ${text}`);
}
