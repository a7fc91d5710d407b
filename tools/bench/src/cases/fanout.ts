import type { BenchCase } from '../bench';
import { figure, type Row } from '../row';
import { median, shown } from '../statistics';
import { type Load, type Run, Venue } from './fanout-runs';

const CLIENTS = [1_000, 5_000] as const;
const BYTES = [128, 4_096] as const;
const AT_ONCE = [1, 32] as const;
const WINDOWS_MS = [2, 0] as const;
const ROUNDS = 3;

const LOADS: readonly Load[] = CLIENTS.flatMap((clients) =>
  BYTES.flatMap((bytes) => AT_ONCE.map((atOnce) => ({ clients, bytes, atOnce }))),
);

type Runs = ReadonlyMap<Load, readonly Run[]>;

/** The gateway's own listeners and sessions, in a process of their own; clients in another, pushes from this one. */
export const fanout: BenchCase = {
  name: 'fanout',
  about:
    'a push to 1,000 and 5,000 clients of one gateway: deliveries a second, and until the last client has it',
  run: async (bench) => {
    const most = Math.max(...CLIENTS);
    const { profile } = bench.options;
    const flags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    bench.say(`connecting ${shown(most)} clients to each of ${WINDOWS_MS.length + 1} servers`);
    const venues: Venue[] = [];
    const add = (venue: Venue): void => {
      venues.push(venue);
      bench.atEnd(() => venue.close());
    };
    for (const windowMs of WINDOWS_MS) add(await Venue.gateway(windowMs, most, flags));
    add(await Venue.bare(most));
    const runs = new Map(venues.map((venue) => [venue.name, new Map<Load, Run[]>()]));
    for (const load of LOADS) {
      for (let round = 0; round < ROUNDS; round++) {
        for (const venue of venues) {
          const ofVenue = runs.get(venue.name);
          const run = await venue.measure(load);
          ofVenue?.set(load, [...(ofVenue.get(load) ?? []), run]);
        }
      }
      for (const { name } of venues) bench.say(describe(name, load, runs.get(name)?.get(load) ?? []));
    }
    return rowsOf(runs);
  },
};

function describe(name: string, load: Load, runs: readonly Run[]): string {
  const of = (value: (run: Run) => number): string => shown(median(runs.map(value)));
  return (
    `${variantOf(load)}, ${name}: ${of((run) => run.deliveries)} deliveries/s, ${of((run) => run.cpu)} µs each; ` +
    `last recipient after ${of((run) => percentile(run, 0.5))} ms, p99 ${of((run) => percentile(run, 0.99))}`
  );
}

function rowsOf(runs: ReadonlyMap<string, Runs>): readonly Row[] {
  const bare = runs.get('bare loop');
  return [...runs].flatMap(([name, ofVenue]) =>
    name === 'bare loop'
      ? []
      : [...ofVenue].flatMap(([load, some]) => rowsFor(name, load, some, bare?.get(load) ?? [])),
  );
}

function rowsFor(name: string, load: Load, runs: readonly Run[], bare: readonly Run[]): readonly Row[] {
  const row = (metric: string, of: (run: Run) => number): Row =>
    figure(
      { case: 'fanout', variant: `${variantOf(load)}, ${name}`, metric },
      runs.map(of),
      median(bare.map(of)),
    );
  return [
    row('deliveries/s', (run) => run.deliveries),
    row("µs of the gateway's processor a delivery", (run) => run.cpu),
    row('last recipient, p50 ms', (run) => percentile(run, 0.5)),
    row('last recipient, p99 ms', (run) => percentile(run, 0.99)),
  ];
}

function variantOf({ clients, bytes, atOnce }: Load): string {
  return `${shown(clients)} × ${shown(bytes)} B, ${atOnce} at once`;
}

function percentile({ latencies }: Run, part: number): number {
  const sorted = [...latencies].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
