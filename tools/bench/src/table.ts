import type { Row } from './row';
import { shown } from './statistics';

interface Column {
  readonly head: string;
  /** Figures are aligned by their ends. */
  readonly toTheRight: boolean;
  readonly cell: (row: Row) => string;
}

/** The rows in Markdown, a table for each case below its name. */
export function tableOf(rows: readonly Row[]): readonly string[] {
  const cases = [...new Set(rows.map((row) => row.case))];
  return cases.flatMap((name) => [name, '', ...linesOf(rows.filter((row) => row.case === name)), '']);
}

/** Of one case; a column where nothing stands is left out. */
function linesOf(rows: readonly Row[]): readonly string[] {
  const columns = columnsOf(rows).filter(({ cell }) => rows.some((row) => cell(row) !== ''));
  const table = columns.map((column) => {
    const { head, toTheRight, cell } = column;
    const cells = [head, ...rows.map(cell)];
    const width = Math.max(3, ...cells.map(({ length }) => length));
    const [title, ...others] = cells.map((text) => (toTheRight ? text.padStart(width) : text.padEnd(width)));
    return [title, toTheRight ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width), ...others];
  });
  return (table[0] ?? []).map((_, line) => `| ${table.map((cells) => cells[line]).join(' | ')} |`);
}

/** A column for each peer. */
function columnsOf(rows: readonly Row[]): readonly Column[] {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  return [
    text('variant', ({ variant }) => variant),
    text('metric', ({ metric }) => metric),
    figure('ours', ({ ours }) => shown(ours)),
    figure('min–max', ({ min, max }) => (min === max ? '' : `${shown(min)}–${shown(max)}`)),
    ...peers.map((name) => figure(name, (row) => shownOr(row.peers[name]))),
    figure('limit', ({ limit }) => shownOr(limit)),
    figure('ratio', ({ ratio }) => ratio?.toFixed(2) ?? ''),
    text('target', ({ target }) => target ?? ''),
    text('', ({ holds }) => (holds === null ? '' : holds ? 'holds' : 'MISSED')),
  ];
}

const text = (head: string, cell: Column['cell']): Column => ({ head, toTheRight: false, cell });
const figure = (head: string, cell: Column['cell']): Column => ({ head, toTheRight: true, cell });

function shownOr(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? '' : shown(value);
}
