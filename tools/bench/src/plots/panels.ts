import type { Row } from '../row';

/** The rows of a case that share a metric: one picture, a line for each variant. */
export interface Panel {
  readonly metric: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly variant: string;
  readonly ours: number;
  readonly min: number;
  readonly max: number;
  /** Peers, and our own with other settings, by name. */
  readonly others: ReadonlyMap<string, number>;
  readonly limit: number | null;
  /** Where the metric has to be; of several the one that asks for most. */
  readonly target: Target | null;
}

export interface Target {
  readonly at: number;
  readonly bound: 'least' | 'most';
}

/** Of rows of one case. What is zero for everybody, such as what was lost, is no line. */
export function panelsOf(rows: readonly Row[]): readonly Panel[] {
  const metrics = new Map<string, Row[]>();
  for (const row of rows) {
    const metric = metricOf(row);
    metrics.set(metric, [...(metrics.get(metric) ?? []), row]);
  }
  const panels = Array.from(metrics, ([metric, some]) => ({
    metric,
    lines: linesOf(some).filter((line) => valuesOf(line).some((value) => value !== 0)),
  }));
  return panels.filter(({ lines }) => lines.length > 0);
}

/** All that a line has to show. */
export function valuesOf({ ours, min, max, others, limit, target }: Line): readonly number[] {
  const values = [ours, min, max, ...others.values(), limit ?? NaN, target?.at ?? NaN];
  return values.filter((value) => Number.isFinite(value));
}

/** The same figure may stand in several rows, each with a target that is about another peer. */
function metricOf({ metric }: Row): string {
  return metric.replace(/, to .*$/, '');
}

function linesOf(rows: readonly Row[]): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const { variant, limit, ours, min, max } = row;
    const base = rows.find((other) => isOtherSetting(row, other))?.variant;
    const line = lines.get(base ?? variant);
    if (line && base !== undefined) {
      const setting = variant.slice(base.length + 2);
      lines.set(base, { ...line, others: new Map([...line.others, [setting, ours]]) });
    } else {
      const others = new Map([...(line?.others ?? []), ...Object.entries(row.peers)]);
      const target = harder(line?.target ?? null, targetOf(row));
      lines.set(variant, { variant, ours, min, max, others, limit: line?.limit ?? limit, target });
    }
  }
  return [...lines.values()];
}

/** Whether it is what another row is about, done otherwise, to be shown beside it. */
function isOtherSetting({ variant, holds }: Row, base: Row): boolean {
  return holds === null && variant.startsWith(`${base.variant}, `);
}

function targetOf({ ours, ratio, target }: Row): Target | null {
  const [, sign, bound] = /([≥≤]) ([\d.]+)/.exec(target ?? '') ?? [];
  const at = (ours / (ratio ?? NaN)) * Number(bound);
  return Number.isFinite(at) ? { at, bound: sign === '≥' ? 'least' : 'most' } : null;
}

function harder(one: Target | null, other: Target | null): Target | null {
  if (!one || !other) return one ?? other;
  const isOne = one.bound === 'least' ? one.at >= other.at : one.at <= other.at;
  return isOne ? one : other;
}
