import type { Row } from './row';
import { shown } from './statistics';

const HEADINGS = ['case', 'variant', 'metric', 'ours', 'min–max', 'peers', 'limit', 'ratio', 'target', ''];
/** Figures are aligned by their ends. */
const TO_THE_RIGHT = new Set([3, 4, 6, 7]);

/** The rows as lines of text, and how many targets are missed. */
export function tableOf(rows: readonly Row[]): readonly string[] {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return TO_THE_RIGHT.has(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return [lines[0] ?? '', '-'.repeat(Math.max(...lines.map(({ length }) => length))), ...lines.slice(1)];
}

function cellsOf(row: Row): readonly string[] {
  const { ours, min, max, peers, limit, ratio, target, holds } = row;
  return [
    row.case,
    row.variant,
    row.metric,
    shown(ours),
    min === max ? '' : `${shown(min)}–${shown(max)}`,
    Object.entries(peers)
      .map(([name, value]) => `${name} ${shown(value)}`)
      .join(', '),
    limit === null ? '' : shown(limit),
    ratio === null ? '' : ratio.toFixed(2),
    target ?? '',
    holds === null ? '' : holds ? 'holds' : 'MISSED',
  ];
}
