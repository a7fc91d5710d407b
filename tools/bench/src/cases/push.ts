import type { BenchCase } from '../bench';
import { Wrk } from '../push/wrk';
import { figure, judged, type Row } from '../row';
import { median, shown } from '../statistics';
import { BuiltApp } from '../support/built-app';
import { PushStage, type Run, type Way } from './push-runs';

const IN_FLIGHT = [1, 16, 128] as const;
const ROUNDS = 3;
const LEAST = 0.7;

type InFlight = (typeof IN_FLIGHT)[number];

interface Measured {
  readonly inFlight: InFlight;
  readonly ours: ReadonlyMap<Way, readonly Run[]>;
  readonly wrk: readonly number[];
}

/**
 * What is ours here is the side that pushes: `HttpPusher`, by which transfer functions and broadcasters do it, one
 * message to one client at a time, against the built gateway over kept connections. It stands beside a plain client of
 * Node.js, beside the loop of the samples (a connection for each push, one after the other) and beside what a load
 * generator in C gets out of the same gateway: the limit, which is the gateway's. The gateway and the clients, which
 * count and look at what they get, have one core, whoever pushes has the other.
 */
export const push: BenchCase = {
  name: 'push',
  about: 'pushes to one client each, at 1, 16 and 128 in flight, beside a load generator',
  run: async (bench) => {
    const { profile } = bench.options;
    const flags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const wrk = await Wrk.find((line) => bench.say(line)).catch((error: unknown) => {
      bench.miss('wrk', error);
      return null;
    });
    bench.say('building the gateway, connecting clients');
    const app = await BuiltApp.build('gateway');
    bench.atEnd(() => app.remove());
    const stage = await PushStage.set(app, flags);
    bench.atEnd(() => stage.close());
    await stage.ours('pusher', 16);
    const measured: Measured[] = [];
    for (const inFlight of IN_FLIGHT) {
      const one = await measure(stage, wrk, inFlight);
      bench.say(describe(one));
      measured.push(one);
    }
    return rowsOf(measured);
  },
};

async function measure(stage: PushStage, wrk: Wrk | null, inFlight: InFlight): Promise<Measured> {
  const ways: readonly Way[] =
    inFlight === 1 ? ['pusher', 'keep-alive', 'sequential'] : ['pusher', 'keep-alive'];
  const ours = new Map<Way, Run[]>(ways.map((way) => [way, []]));
  const generated: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, runs] of ours) runs.push(await stage.ours(way, inFlight));
    if (wrk) generated.push(await stage.generated(wrk, inFlight));
  }
  return { inFlight, ours, wrk: generated };
}

function describe({ inFlight, ours, wrk }: Measured): string {
  const ways = Array.from(ours, ([way, runs]) => {
    const of = (value: (run: Run) => number): string => shown(median(runs.map(value)));
    return `${way} ${of((run) => run.pushesPerSecond)} (${of((run) => run.loadCpu)} + ${of((run) => run.gatewayCpu)} µs)`;
  });
  const best = wrk.length > 0 ? `, wrk ${shown(median(wrk))}` : '';
  return `${inFlight} in flight, pushes/s (µs of whoever pushes + µs of the gateway): ${ways.join(', ')}${best}`;
}

function rowsOf(measured: readonly Measured[]): readonly Row[] {
  const bests = measured.flatMap(({ wrk }) => (wrk.length > 0 ? [median(wrk)] : []));
  const limit = bests.length > 0 ? Math.max(...bests) : null;
  return measured.map(({ inFlight, ours, wrk }) => {
    const rates = (way: Way): number[] => (ours.get(way) ?? []).map((run) => run.pushesPerSecond);
    const others: readonly (readonly [string, readonly number[]])[] = [
      ['plain client', rates('keep-alive')],
      ['a connection each', rates('sequential')],
      ['wrk', wrk],
    ];
    const there = others.flatMap(([name, values]) => (values.length > 0 ? [[name, median(values)]] : []));
    const row = {
      ...figure(
        { case: 'push', variant: `${inFlight} in flight`, metric: 'pushes/s' },
        rates('pusher'),
        limit,
      ),
      peers: Object.fromEntries(there) as Record<string, number>,
    };
    return inFlight === 128 && limit !== null ? judged(row, row.ours / limit, { least: LEAST }) : row;
  });
}
