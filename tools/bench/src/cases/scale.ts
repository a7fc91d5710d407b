import type { Bench, BenchCase } from '../bench';
import { figure, judged, type Row } from '../row';
import { median, shown } from '../statistics';
import { Stage } from '../support/stage';
import { deploymentOf, measure, peakOfBacklog, type Run, type Size } from './scale-runs';

const LANES = 8;
const SIZES = [10_000, 100_000, 1_000_000] as const;
const ROUNDS = 3;
/** As many as a broadcaster takes at once. */
const BACKLOG = 256;
const MOST_TIME = 1.2;
const MOST_MIB = 64;

interface Measured extends Size {
  readonly runs: Run[];
}

/** A broadcast to everyone takes time by the number of its recipients, and memory by none of it. */
export const scale: BenchCase = {
  name: 'scale',
  about:
    'broadcasts to 10,000, 100,000 and 1,000,000 connections: time for each recipient, memory of the broadcaster',
  run: async (bench) => {
    const stage = await Stage.set(bench, LANES);
    const sizes: Measured[] = [];
    for (const rows of SIZES) {
      bench.say(`a database with ${shown(rows)} connections`);
      sizes.push({ ...(await deploymentOf(stage, rows)), runs: [] });
    }
    await takeTurns(bench, stage, sizes);
    const largest = sizes.at(-1);
    if (!largest) return [];
    const backlogMib = await peakOfBacklog(stage, largest, BACKLOG);
    bench.say(`${BACKLOG} broadcasts at once: peak of memory ${shown(backlogMib)} MiB`);
    return rowsOf(sizes, backlogMib);
  },
};

/** So that whatever else the machine does meets all sizes. */
async function takeTurns(bench: Bench, stage: Stage, sizes: readonly Measured[]): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    for (const size of sizes) {
      const run = await measure(stage, size);
      size.runs.push(run);
      bench.say(`round ${round}, ${shown(size.rows)} rows: ${describe(run)}`);
    }
  }
}

function describe({ microseconds, sincePublished, cpu, elsewhere, peakMib }: Run): string {
  const times = [...cpu].map(([name, micros]) => `${name} ${shown(micros)}`).join(', ');
  return (
    `${shown(microseconds)} µs a recipient, ${shown(sincePublished)} from publishing on; processor time of a ` +
    `recipient in µs: ${times}; peak of memory ${shown(peakMib)} MiB; others had ${shown(elsewhere)} % of the processors`
  );
}

function rowsOf(sizes: readonly Measured[], backlogMib: number): readonly Row[] {
  const [small, ...larger] = sizes;
  const largest = larger.at(-1);
  if (!small || !largest) return [];
  const name = ({ rows }: Size): string => `${shown(rows)} rows`;
  const row = (variant: string, metric: string, values: readonly number[]): Row =>
    figure({ case: 'scale', variant, metric }, values);
  const perRun = (metric: string, of: (run: Run) => number): Row[] =>
    sizes.map((size) => row(name(size), metric, size.runs.map(of)));
  const overSmall = (size: Measured, of: (run: Run, small: Run) => number): number[] =>
    size.runs.map((run, round) => of(run, small.runs[round] ?? run));
  const growth = (variant: string, mib: readonly number[]): Row =>
    judged(row(variant, `peak RSS over ${name(small)}, MiB`, mib), median(mib), { most: MOST_MIB });
  const [first, ...times] = perRun('µs a recipient', (run) => run.microseconds);
  const ratios = larger.map((size) =>
    median(overSmall(size, (run, base) => run.microseconds / base.microseconds)),
  );
  const smallMib = median(small.runs.map(({ peakMib }) => peakMib));
  return [
    ...(first ? [first] : []),
    ...times.map((time, index) => judged(time, ratios[index] ?? NaN, { most: MOST_TIME })),
    ...perRun('µs a recipient from publishing on', (run) => run.sincePublished),
    ...perRun("µs of the broadcaster's processor", ({ cpu }) => cpu.get('broadcaster') ?? NaN),
    ...perRun('peak RSS, MiB', ({ peakMib }) => peakMib),
    ...larger.map((size) =>
      growth(
        name(size),
        overSmall(size, (run, base) => run.peakMib - base.peakMib),
      ),
    ),
    growth(`${name(largest)}, ${BACKLOG} broadcasts at once`, [backlogMib - smallMib]),
    row(
      'all',
      '% of the processors for others',
      sizes.flatMap(({ runs }) => runs.map(({ elsewhere }) => elsewhere)),
    ),
  ];
}
