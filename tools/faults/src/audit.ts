import type { Attendance, Receipt } from './records';

/**
 * What is wrong with receipts, a line for each; none when they say what the clients say. A broadcast that was not
 * acknowledged may be on some lanes only: RabbitMQ stores it on each by itself.
 */
export function auditReceipts(
  attendances: readonly Attendance[],
  receipts: readonly Receipt[],
): readonly string[] {
  const acknowledged = acknowledgedBy(attendances);
  const arrivals = countArrivals(attendances);
  const wrong = receipts.flatMap((receipt) => {
    const { broadcastId, lanes, lanesReported } = receipt;
    const { most, least } = arrivals.get(broadcastId) ?? { most: 0, least: 0 };
    const isComplete = lanesReported === lanes || !acknowledged.has(broadcastId);
    if (isComplete && addsUp(receipt) && least <= receipt.delivered && receipt.delivered <= most) return [];
    const got = least === most ? most : `${least} to ${most}`;
    return [`${JSON.stringify(receipt)}, but ${got} clients got it`];
  });
  const known = new Set(receipts.map(({ broadcastId }) => broadcastId));
  const without = (ids: Iterable<string>, what: string): string[] =>
    [...ids].filter((id) => !known.has(id)).map((id) => `${id} ${what} and has no receipt`);
  return [...wrong, ...without(acknowledged, 'was acknowledged'), ...without(arrivals.keys(), 'arrived')];
}

/** In these trials nobody is slow, and nothing may be given up. */
function addsUp({ recipients, delivered, gone, slow, failed, pending }: Receipt): boolean {
  return recipients === delivered + gone && slow === 0 && failed === 0 && pending === 0;
}

function acknowledgedBy(attendances: readonly Attendance[]): ReadonlySet<string> {
  const answers = attendances.flatMap(({ said }) => said.map(({ answer }) => answer));
  return new Set(answers.flatMap((answer) => (answer?.acknowledged ? [answer.text] : [])));
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
