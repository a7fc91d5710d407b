import { median } from './statistics';

/** One figure of a case, as it is printed and written to a file. */
export interface Row {
  readonly case: string;
  readonly variant: string;
  /** With its unit. */
  readonly metric: string;
  /** The median of the runs. */
  readonly ours: number;
  readonly min: number;
  readonly max: number;
  readonly peers: Readonly<Record<string, number>>;
  /** What the machine, or the set-up, allows at most. */
  readonly limit: number | null;
  /** Of ours to what the target is about. */
  readonly ratio: number | null;
  readonly target: string | null;
  /** Whether the target is met; null where there is none. */
  readonly holds: boolean | null;
}

/** Of some runs, one value each; without a target. */
export function figure(
  { case: name, variant, metric }: Pick<Row, 'case' | 'variant' | 'metric'>,
  values: readonly number[],
  limit: number | null = null,
): Row {
  return {
    case: name,
    variant,
    metric,
    ours: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    peers: {},
    limit,
    ratio: null,
    target: null,
    holds: null,
  };
}

/** The row with its ratio beside the target. */
export function judged(row: Row, ratio: number, { least, most }: { least?: number; most?: number }): Row {
  const bounds = [least === undefined ? '' : `≥ ${least}`, most === undefined ? '' : `≤ ${most}`];
  const holds = ratio >= (least ?? -Infinity) && ratio <= (most ?? Infinity);
  return { ...row, ratio, target: bounds.filter((bound) => bound !== '').join(', '), holds };
}
