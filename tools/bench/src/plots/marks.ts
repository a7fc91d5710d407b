import type { Line } from './panels';

/** Of middling brightness: they are read on white and on black. */
export const TEXT = '#6e7781';
export const OURS = { name: 'Sendback (median, min–max)', color: '#2f81f7' };
const OTHERS = [
  { color: '#d9730d', symbol: 'rect' },
  { color: '#2da44e', symbol: 'diamond' },
  { color: '#a371f7', symbol: 'triangle' },
  { color: '#c9568f', symbol: 'path://M0 0H12L6 12Z' },
  { color: '#b08800', symbol: 'path://M4 0H8V4H12V8H8V12H4V8H0V4H4Z' },
];
const BAR = 'path://M0 0H2V20H0Z';
const TO_THE_RIGHT = 'path://M0 0L9 6L0 12Z';
const TO_THE_LEFT = 'path://M9 0L0 6L9 12Z';

/** A mark of one kind on every line that has it. */
export interface Kind {
  readonly name: string;
  readonly look: object;
  readonly of: (line: Line) => number | null;
}

/** In the order of the legend: ours first. */
export function kindsOf(lines: readonly Line[]): readonly Kind[] {
  const others = [...new Set(lines.flatMap((line) => [...line.others.keys()]))];
  const target = (bound: 'least' | 'most') => (line: Line) =>
    line.target?.bound === bound ? line.target.at : null;
  const outline = { color: 'transparent', borderColor: TEXT, borderWidth: 1.5 };
  const pointing = (symbol: string): object => ({ symbol, symbolSize: [9, 12], itemStyle: outline });
  const kinds: readonly Kind[] = [
    { name: OURS.name, look: look('circle', 12, OURS.color), of: ({ ours }) => ours },
    ...others.map((name, index) => ({ name, look: lookOf(index), of: otherOf(name) })),
    { name: 'limit', look: look(BAR, [2, 20], TEXT), of: ({ limit }) => limit },
    { name: 'target: at least', look: pointing(TO_THE_RIGHT), of: target('least') },
    { name: 'target: at most', look: pointing(TO_THE_LEFT), of: target('most') },
  ];
  return kinds.filter(({ of }) => lines.some((line) => Number.isFinite(of(line))));
}

const otherOf =
  (name: string) =>
  ({ others }: Line): number | null =>
    others.get(name) ?? null;

function look(symbol: string, symbolSize: number | readonly number[], color: string): object {
  return { symbol, symbolSize, itemStyle: { color, opacity: 1 } };
}

function lookOf(index: number): object {
  const { symbol = '', color = '' } = OTHERS[index % OTHERS.length] ?? {};
  return look(symbol, 9, color);
}
