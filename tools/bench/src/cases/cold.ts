import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watch } from '@sendback/tools/services';
import type { Bench, BenchCase } from '../bench';
import { eventFor, type FunctionName } from '../cold/events';
import { type Instance, measureEmpty, measureInstance } from '../cold/instance';
import { figure, judged, type Row } from '../row';
import { Sink } from '../sink/sink';
import { median, shown } from '../statistics';
import { BuiltApp } from '../support/built-app';
import { Deployment } from '../support/deployment';

/** In milliseconds of loading. */
const MOST_MS = { register: 100, transfer: 35, cleanup: 100 } as const;
/** Of a million bytes. */
const MOST_MB = 1.6;
const NAMES: readonly FunctionName[] = ['register', 'transfer', 'cleanup'];
/** Fresh processes of each function, after one that warms the disk. */
const ROUNDS = 15;
const INVOCATIONS = 50;

interface Measured {
  readonly bytes: number;
  readonly instances: readonly Instance[];
}

/**
 * Each process takes the time of `require('index.js')` of the built function, then of its first invocation, which
 * opens what it needs, and of some more; storage is SQLite, and the transfer function answers a client over the reverse
 * push address. The empty process is Node.js itself, from start to end.
 */
export const cold: BenchCase = {
  name: 'cold',
  about: 'each function in fresh processes: time to load, size, first invocation and those after it',
  run: async (bench) => {
    bench.say('building the functions');
    const apps = new Map<FunctionName, BuiltApp>();
    for (const name of NAMES) {
      const app = await BuiltApp.build(name);
      bench.atEnd(() => app.remove());
      apps.set(name, app);
    }
    const site = await Site.open(bench);
    const instances = new Map(NAMES.map((name) => [name, [] as Instance[]]));
    const empty: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const run = await site.round(apps, round);
      if (round === 0) continue;
      for (const [name, instance] of run) instances.get(name)?.push(instance);
      empty.push(await measureEmpty());
    }
    const measured = new Map<FunctionName, Measured>(
      Array.from(apps, ([name, { file }]) => [
        name,
        { bytes: statSync(file).size, instances: instances.get(name) ?? [] },
      ]),
    );
    for (const [name, one] of measured) bench.say(describe(name, one));
    return rowsOf(measured, empty);
  },
};

/** Where functions find their storage and whom they push to. */
class Site {
  private constructor(
    private readonly deployment: Deployment,
    private readonly sink: Sink,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async open(bench: Bench): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const gone = watch({ kind: 'path', what: folder });
    bench.atEnd(() => {
      rmSync(folder, { recursive: true, force: true });
      gone();
    });
    const databaseUrl = `sqlite:${join(folder, 'sendback.db')}`;
    const deployment = new Deployment({ databaseUrl, queueUrl: 'database:', lanes: 8 });
    bench.atEnd(() => deployment.close());
    await deployment.connections.count();
    const sink = await Sink.start();
    bench.atEnd(() => sink.stop());
    await sink.begin({ delayMs: 0, sample: 'none', held: false });
    const env = { DATABASE_URL: databaseUrl, SENDBACK_URL: sink.address('cold'), QUEUE_URL: 'database:' };
    return new Site(deployment, sink, env);
  }

  /** An instance of each. @throws Error when one of them did not do what it is for */
  async round(
    apps: ReadonlyMap<FunctionName, BuiltApp>,
    round: number,
  ): Promise<ReadonlyMap<FunctionName, Instance>> {
    const ids = Array.from({ length: INVOCATIONS }, (_, n) =>
      `connection ${n} of round ${round}`.replaceAll(' ', '-'),
    );
    const instances = new Map<FunctionName, Instance>();
    for (const [name, { file }] of apps) {
      const events = ids.map((id) => eventFor(name, id));
      instances.set(name, await measureInstance(file, events, this.env));
      await this.verify(name, round);
    }
    const registered = instances.get('register')?.returned ?? [];
    if (!registered.every((answer) => (answer as { errNo: number }).errNo === 0))
      throw new Error(`the registration function says ${JSON.stringify(registered[0])}`);
    return instances;
  }

  private async verify(name: FunctionName, round: number): Promise<void> {
    const connections = await this.deployment.connections.count();
    const { deliveries } = await this.sink.report();
    const expected = {
      register: [INVOCATIONS, round * INVOCATIONS],
      transfer: [INVOCATIONS, (round + 1) * INVOCATIONS],
      cleanup: [0, (round + 1) * INVOCATIONS],
    }[name];
    const [found, wanted] = [[connections, deliveries].join(), expected.join()];
    if (found !== wanted)
      throw new Error(`after ${name}: connections and pushes are ${found}, not ${wanted}`);
  }
}

function describe(name: FunctionName, { bytes, instances }: Measured): string {
  const of = (value: (instance: Instance) => number): string => shown(median(instances.map(value)));
  return (
    `${name}: ${shown(bytes / 1e6)} MB, loaded in ${of(({ load }) => load)} ms, first invocation ` +
    `${of(({ first }) => first)} ms, then ${of(({ warm }) => median(warm))} ms`
  );
}

function rowsOf(measured: ReadonlyMap<FunctionName, Measured>, empty: readonly number[]): readonly Row[] {
  const start = median(empty);
  return [...measured].flatMap(([variant, { bytes, instances }]) => {
    const row = (metric: string, values: readonly number[]): Row =>
      figure({ case: 'cold', variant, metric }, values);
    const load = {
      ...row(
        'load, ms',
        instances.map((one) => one.load),
      ),
      peers: { 'empty process': start },
    };
    const size = row('size, MB', [bytes / 1e6]);
    return [
      judged(load, load.ours, { most: MOST_MS[variant] }),
      judged(size, size.ours, { most: MOST_MB }),
      row(
        'first invocation, ms',
        instances.map(({ first }) => first),
      ),
      row(
        'warm invocation, ms',
        instances.map(({ warm }) => median(warm)),
      ),
    ];
  });
}
