import { randomBytes } from 'node:crypto';
import type { Bench, BenchCase } from '../bench';
import { figure, judged, type Row } from '../row';
import type { SinkReport } from '../sink/sink-state';
import { median, shown } from '../statistics';
import type { Deployment } from '../support/deployment';
import { countCpu, peakRssMib } from '../support/process-usage';
import { Stage } from '../support/stage';

const LANES = 8;
const SIZES = [10_000, 100_000, 1_000_000] as const;
const ROUNDS = 3;
/** Of each run, whatever the number of rows: as many broadcasts, one after the other, as it takes. */
const DELIVERIES = 1_000_000;
const ROWS_AT_ONCE = 5_000;
const TEXT_BYTES = 128;
/** Ids are hexadecimal: one in 256 begins so. */
const SAMPLE = '00';
const RUN_MS = 300_000;

interface Size {
  readonly rows: number;
  readonly deployment: Deployment;
  readonly runs: Run[];
}

interface Run {
  /** For each recipient. */
  readonly microseconds: number;
  /** Microseconds of processor time for each recipient, by who took it. */
  readonly cpu: ReadonlyMap<string, number>;
  readonly peakMib: number;
}

/** A broadcast to everyone takes time by the number of its recipients, and memory by none of it. */
export const scale: BenchCase = {
  name: 'scale',
  about:
    'broadcasts to 10,000, 100,000 and 1,000,000 connections: time for each recipient, memory of the broadcaster',
  run: async (bench) => {
    const stage = await Stage.set(bench, LANES);
    const sizes: Size[] = [];
    for (const rows of SIZES) sizes.push({ rows, deployment: await filled(stage, rows, bench), runs: [] });
    // The sizes in turn, so that whatever else the machine does meets them all.
    for (let round = 1; round <= ROUNDS; round++) {
      for (const size of sizes) {
        const run = await measure(stage, size);
        size.runs.push(run);
        bench.say(`round ${round}, ${shown(size.rows)} rows: ${describe(run)}`);
      }
    }
    return rowsOf(sizes);
  },
};

async function filled(stage: Stage, rows: number, bench: Bench): Promise<Deployment> {
  bench.say(`a database with ${shown(rows)} connections`);
  const name = `scale_${rows}`;
  const deployment = await stage.deployment(name);
  const address = stage.sink.address('scale');
  for (let count = 0; count < rows; count += ROWS_AT_ONCE) {
    const some = Array.from({ length: ROWS_AT_ONCE }, () => [
      randomBytes(16).toString('hex'),
      new Date(),
      address,
    ]);
    await stage.sql(name, 'INSERT INTO ConnectionID_List (ConnectionID, Date, PushAddress) VALUES ?', some);
  }
  return deployment;
}

/** In a broadcaster of its own, so that its peak of memory is that of this size; the first run warms it up. */
async function measure(stage: Stage, size: Size): Promise<Run> {
  const app = await stage.startBroadcaster(size.deployment, stage.sink.address('default'));
  await broadcastToAll(stage, size);
  const { mysql, amqp } = stage.services;
  const counted = countCpu({
    broadcaster: [app.pid],
    MariaDB: [mysql.pid],
    RabbitMQ: [amqp.pid],
    sink: [stage.sink.pid],
  });
  const ms = await broadcastToAll(stage, size);
  const seconds = counted();
  const peakMib = peakRssMib(app.pid);
  await app.stop();
  const cpu = new Map([...seconds].map(([name, took]) => [name, (took * 1e6) / DELIVERIES]));
  return { microseconds: (ms * 1_000) / DELIVERIES, cpu, peakMib };
}

/**
 * Each broadcast is published when everyone has the one before: two that wait together would share their way.
 * @returns how long it took, in milliseconds
 */
async function broadcastToAll({ sink }: Stage, { rows, deployment }: Size): Promise<number> {
  const ids: string[] = [];
  await sink.begin({ delayMs: 0, sample: SAMPLE, held: false });
  const began = performance.now();
  for (let n = 0; n < DELIVERIES / rows; n++) {
    ids.push(await deployment.publish({ kind: 'all', except: null }, `${n} `.padEnd(TEXT_BYTES, 'x')));
    await sink.reach((n + 1) * rows, RUN_MS);
  }
  const ms = performance.now() - began;
  await verify(deployment, await sink.report(), ids, rows);
  return ms;
}

/** Everyone was given every broadcast, the sample in order and none twice, and the receipts say so. */
async function verify(
  deployment: Deployment,
  { deliveriesOf, amiss }: SinkReport,
  ids: readonly string[],
  rows: number,
): Promise<void> {
  for (const id of ids) {
    const { recipients, delivered } = await deployment.finished(id);
    const counts = [deliveriesOf[id], recipients, delivered];
    if (counts.some((count) => count !== rows))
      throw new Error(`of ${rows} recipients, sink and receipt (all, delivered) count ${counts.join(', ')}`);
  }
  if (amiss > 0) throw new Error(`${amiss} deliveries of the sample were lost, twice or out of order`);
}

function describe({ microseconds, cpu, peakMib }: Run): string {
  const times = [...cpu].map(([name, micros]) => `${name} ${shown(micros)}`).join(', ');
  return (
    `${shown(microseconds)} µs a recipient; peak of memory ${shown(peakMib)} MiB; ` +
    `processor time of a recipient in µs: ${times}`
  );
}

function rowsOf([small, ...larger]: readonly Size[]): readonly Row[] {
  if (!small) return [];
  const name = ({ rows }: Size): string => `${shown(rows)} rows`;
  const row = (size: Size, metric: string, of: (run: Run) => number): Row =>
    figure({ case: 'scale', variant: name(size), metric }, size.runs.map(of));
  const overSmall = (size: Size, of: (run: Run, small: Run) => number): number[] =>
    size.runs.map((run, round) => of(run, small.runs[round] ?? run));
  const time = (size: Size): Row => row(size, 'µs a recipient', ({ microseconds }) => microseconds);
  return [
    time(small),
    ...larger.map((size) => {
      const ratios = overSmall(size, (run, small) => run.microseconds / small.microseconds);
      return judged(time(size), median(ratios), { most: 1.2 });
    }),
    ...[small, ...larger].map((size) =>
      row(size, "µs of the broadcaster's processor", ({ cpu }) => cpu.get('broadcaster') ?? NaN),
    ),
    ...[small, ...larger].map((size) => row(size, 'peak RSS, MiB', ({ peakMib }) => peakMib)),
    ...larger.map((size) => {
      const growth = overSmall(size, (run, small) => run.peakMib - small.peakMib);
      const grown = { case: 'scale', variant: name(size), metric: `RSS over ${name(small)}, MiB` };
      return judged(figure(grown, growth), median(growth), { most: 64 });
    }),
  ];
}
