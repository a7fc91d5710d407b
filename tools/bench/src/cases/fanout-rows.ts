import type { Load } from '../fanout/served';
import type { Run } from '../fanout/venue';
import { NCHAN, PUSHPIN } from '../peers/peers';
import { figure, judged, type Row } from '../row';
import { median, shown } from '../statistics';

export type Runs = ReadonlyMap<Load, readonly Run[]>;

/** All that was measured under one load; a peer that was not has no runs. */
export interface Compared {
  readonly load: Load;
  readonly ours: readonly Run[];
  /** The same with other settings. */
  readonly variants: ReadonlyMap<string, readonly Run[]>;
  readonly peers: ReadonlyMap<string, readonly Run[]>;
  readonly bare: readonly Run[];
}

type Of = (run: Run) => number;

const deliveries: Of = (run) => run.deliveries;
const p50: Of = (run) => percentile(run, 0.5);
const p99: Of = (run) => percentile(run, 0.99);

export function rowsFor(compared: Compared): readonly Row[] {
  const { load, ours, bare, variants } = compared;
  const variant = variantOf(load);
  const row = (metric: string, of: Of, runs = ours, name = variant): Row => ({
    ...figure({ case: 'fanout', variant: name, metric }, runs.map(of), over(bare, of)),
    peers: peersBy(compared, of),
  });
  const beside = (name: string, of: Of): number => over(ours, of) / over(compared.peers.get(name) ?? [], of);
  const fast = row('deliveries/s', deliveries);
  const late = row('last recipient, p99 ms', p99);
  const lost = row('lost', (run) => run.lost);
  const targets =
    load.atOnce === 1
      ? [
          judged(fast, beside(NCHAN, deliveries), { least: 1 }),
          judged(late, beside(NCHAN, p99), { most: 1.2 }),
        ]
      : [
          judged(fast, beside(NCHAN, deliveries), { least: 3 }),
          judged({ ...fast, metric: 'deliveries/s, to Pushpin tuned' }, beside(PUSHPIN, deliveries), {
            least: 10,
          }),
          judged(
            { ...fast, metric: 'deliveries/s, to the bare loop' },
            over(ours, deliveries) / over(bare, deliveries),
            { least: 1 },
          ),
          late,
        ];
  return [
    ...targets,
    judged(lost, Math.max(...ours.map((run) => run.lost)), { most: 0 }),
    row('last recipient, p50 ms', p50),
    row("µs of the server's processor a delivery", (run) => run.cpu),
    ...Array.from(variants, ([name, runs]) => row('deliveries/s', deliveries, runs, `${variant}, ${name}`)),
    ...Array.from(variants, ([name, runs]) =>
      row('last recipient, p99 ms', p99, runs, `${variant}, ${name}`),
    ),
  ];
}

export function variantOf({ clients, bytes, atOnce }: Load): string {
  return `${shown(clients)} × ${shown(bytes)} B, ${atOnce} at once`;
}

/** NaN where no message was with all its recipients. */
export function percentile({ latencies }: Run, part: number): number {
  const sorted = [...latencies].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

function peersBy({ peers }: Compared, of: Of): Readonly<Record<string, number>> {
  const measured = [...peers].filter(([, runs]) => runs.length > 0);
  return Object.fromEntries(measured.map(([name, runs]) => [name, over(runs, of)]));
}

/** The median; NaN of no runs, with which no target holds. */
function over(runs: readonly Run[], of: Of): number {
  return runs.length === 0 ? NaN : median(runs.map(of));
}
