import type { Finding } from './trial';

/** A finding as a row of the table that is shown. */
export function rowOf(name: string, finding: Finding): Record<string, string | number> {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  return {
    case: name,
    sent: finding.sent,
    acknowledged: finding.acknowledged,
    refused: finding.refused,
    expected: finding.expected,
    received: finding.received,
    lost: finding.lost,
    duplicated: finding.duplicated,
    'out of order': finding.outOfOrder,
    closed: finding.closed,
    'stale rows': finding.staleRows + finding.rowsAfterwards + finding.sessionsAfterwards,
    queued: finding.queuedAfterwards,
    receipts: finding.receipts,
    wrong: finding.receiptProblems.length,
    'slowest answer s': seconds(finding.slowestAnswerMs),
    'recovered after s': seconds(finding.recoveredAfterMs),
  };
}

/** Not by way of the test runner, which would show where each line came from. */
export function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
