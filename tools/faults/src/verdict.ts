import type { Attendance, Message, Receipt, Said } from './records';

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
  const heard = attendances.map((attendance) => inspect(attendance, examples));
  const all = attendances.flatMap((by) => by.said.map((said) => ({ by, said })));
  const acknowledged = all.filter(({ said }) => said.answer?.acknowledged);
  let expected = 0;
  let received = 0;
  for (const { by, said } of acknowledged) {
    attendances.forEach((attendance, index) => {
      if (attendance === by || attendance.closedAt !== null || attendance.openedAt >= said.sentAt) return;
      expected++;
      if (heard[index]?.messages.has(said.answer?.text ?? '')) received++;
      else note(examples, 'lost', `${attendance.id} did not get ${describe(by, said)}`);
    });
  }
  const lastArrivals = new Map(
    heard.flatMap(({ messages }) =>
      [...messages].map(([id, { lastArrivalAt }]) => [id, lastArrivalAt] as const),
    ),
  );
  const sum = (of: (inspected: Inspected) => number): number => heard.reduce((n, one) => n + of(one), 0);
  return {
    sent: all.length,
    acknowledged: acknowledged.length,
    refused: all.filter(({ said }) => said.answer?.acknowledged === false).length,
    unanswered: all.filter(({ by, said }) => !said.answer && by.closedAt === null).length,
    expected,
    received,
    lost: expected - received,
    duplicated: sum(({ duplicated }) => duplicated),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    slowestAnswerMs: Math.max(0, ...attendances.flatMap(({ said }) => answerTimes(said))),
    closed: attendances.filter(({ closedAt, hasLeft }) => closedAt !== null && !hasLeft).length,
    recoveredAfterMs: Math.max(0, ...all.map(({ said }) => disturbanceOf(said, lastArrivals) - faultAt)),
    examples,
  };
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

/**
 * What is wrong with receipts, a line for each; none when they say what the clients say. A broadcast that was not
 * acknowledged may be on some lanes only: RabbitMQ stores it on each by itself.
 */
export function auditReceipts(
  attendances: readonly Attendance[],
  receipts: readonly Receipt[],
): readonly string[] {
  const problems: string[] = [];
  const byId = new Map(receipts.map((receipt) => [receipt.broadcastId, receipt]));
  const arrivals = countArrivals(attendances);
  const acknowledged = new Set(
    attendances.flatMap(({ said }) =>
      said.flatMap(({ answer }) => (answer?.acknowledged ? [answer.text] : [])),
    ),
  );
  for (const id of acknowledged)
    if (!byId.has(id)) problems.push(`${id} was acknowledged and has no receipt`);
  for (const receipt of receipts) {
    const { most, least } = arrivals.get(receipt.broadcastId) ?? { most: 0, least: 0 };
    const { recipients, delivered, gone, slow, failed, pending, lanes, lanesReported } = receipt;
    const addsUp = recipients === delivered + gone && slow + failed + pending === 0;
    const isComplete = lanesReported === lanes || !acknowledged.has(receipt.broadcastId);
    if (isComplete && addsUp && least <= delivered && delivered <= most) continue;
    problems.push(
      `${JSON.stringify(receipt)}, but ${least === most ? most : `${least} to ${most}`} clients got it`,
    );
  }
  for (const id of arrivals.keys()) if (!byId.has(id)) problems.push(`${id} arrived and has no receipt`);
  return problems;
}

/**
 * How many connections got each broadcast. One that is closed by now counts only in `most`: where a broadcast was
 * handed over twice, and the connection was closed in between, no receipt can count it.
 */
function countArrivals(
  attendances: readonly Attendance[],
): ReadonlyMap<string, { readonly most: number; readonly least: number }> {
  const counts = new Map<string, { most: number; least: number }>();
  for (const { heard, closedAt } of attendances) {
    for (const id of new Set(heard.map(({ messageId }) => messageId))) {
      const count = counts.get(id) ?? { most: 0, least: 0 };
      counts.set(id, count);
      count.most++;
      if (closedAt === null) count.least++;
    }
  }
  return counts;
}

function describe({ id }: Attendance, { n, answer }: Said): string {
  return `${answer?.text ?? ''} (${n} of ${id})`;
}

function note(examples: string[], kind: string, text: string): void {
  if (examples.filter((example) => example.startsWith(`${kind}: `)).length < SHOWN)
    examples.push(`${kind}: ${text}`);
}
