import { availableParallelism } from 'node:os';
import type { BenchCase } from '../bench';
import { figure, judged, type Row } from '../row';
import { median, shown } from '../statistics';
import { makeRooms } from '../support/rooms';
import { Stage } from '../support/stage';
import { measure, type Run } from './consumers-runs';

const LANES = 16;
const COUNTS = [1, 2, 4] as const;
/** How much more with two and with four broadcasters. */
const LEAST: Readonly<Record<number, number>> = { 2: 1.8, 4: 3 };
const ROUNDS = 3;
const LATENCY_MS = 5;
/** From one broadcaster to one address at a time: what bounds it here (adapter/http-push). */
const PUSHES_AT_A_TIME = 2;
const ROOMS_A_LANE = 30;
const MEMBERS = 3;

/** Latency, and not the processor, has to be the bound: what is measured is waiting that is done beside each other. */
export const consumers: BenchCase = {
  name: 'consumers',
  about: `1, 2 and 4 broadcasters pushing to an address that answers after ${LATENCY_MS} ms: pushes a second`,
  run: async (bench) => {
    const stage = await Stage.set(bench, LANES);
    const deployment = await stage.deployment('consumers');
    const rooms = await makeRooms(deployment.connections, LANES, ROOMS_A_LANE, MEMBERS);
    bench.say(`${LANES * ROOMS_A_LANE} rooms of ${MEMBERS} members, spread evenly over ${LANES} lanes`);
    const workload = { deployment, rooms, members: MEMBERS, latencyMs: LATENCY_MS };
    const runs = new Map<number, Run[]>(COUNTS.map((count) => [count, []]));
    for (let round = 1; round <= ROUNDS; round++) {
      for (const count of COUNTS) {
        const run = await measure(stage, workload, count);
        runs.get(count)?.push(run);
        bench.say(`round ${round}, ${count} broadcasters: ${describe(run)}`);
      }
    }
    return rowsOf(runs);
  },
};

function describe({ pushes, cpu, elsewhere }: Run): string {
  const times = [...cpu].map(([name, ms]) => `${name} ${shown(ms)}`).join(', ');
  return (
    `${shown(pushes)} pushes a second; processor time of a push in ms: ${times}, so that the processors allow ` +
    `${shown((availableParallelism() * 1_000) / totalCpu(cpu))} a second; others had ${shown(elsewhere)} % of them`
  );
}

const totalCpu = (cpu: Run['cpu']): number => [...cpu.values()].reduce((sum, ms) => sum + ms, 0);

function rowsOf(runs: ReadonlyMap<number, readonly Run[]>): readonly Row[] {
  const counts = [...runs.keys()];
  const rows = (metric: string, of: (run: Run) => number, limit?: number): Row[] =>
    Array.from(runs, ([count, some]) => {
      const variant = count === 1 ? '1 broadcaster' : `${count} broadcasters`;
      const values = some.map(of);
      return figure(
        { case: 'consumers', variant, metric },
        values,
        limit === undefined ? null : limit * count,
      );
    });
  const [one = []] = runs.values();
  const ratioOf = (count: number): number =>
    median((runs.get(count) ?? []).map((run, round) => run.pushes / (one[round]?.pushes ?? NaN)));
  const limit = (PUSHES_AT_A_TIME * 1_000) / LATENCY_MS;
  const pushes = rows('pushes/s', (run) => run.pushes, limit).map((row, index) => {
    const count = counts[index] ?? NaN;
    const least = LEAST[count];
    return least === undefined ? row : judged(row, ratioOf(count), { least });
  });
  const noise = { case: 'consumers', variant: 'all', metric: '% of the processors for others' };
  return [
    ...pushes,
    ...rows('deliveries/s', (run) => run.pushes * MEMBERS, limit * MEMBERS),
    ...rows('ms of all processors a push', (run) => totalCpu(run.cpu)),
    figure(
      noise,
      [...runs.values()].flat().map(({ elsewhere }) => elsewhere),
    ),
  ];
}
