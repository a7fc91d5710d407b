import type { BenchCase } from '../bench';
import { figure, judged, type Row } from '../row';
import type { SinkReport } from '../sink/sink-state';
import { median, shown } from '../statistics';
import type { RunningApp } from '../support/built-app';
import type { Deployment } from '../support/deployment';
import { countCpu } from '../support/process-usage';
import { Stage } from '../support/stage';
import { makeRooms, type Rooms } from '../support/rooms';

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
/** To each room, for each broadcaster: about six seconds of work. */
const BROADCASTS = 5;
/** Shorter than a broadcaster waits for an answer: meanwhile the sink gives none. */
const PUBLISH_MS = 8_000;
const BALANCED_MS = 60_000;
const RUN_MS = 120_000;
const TEXT_BYTES = 128;
/** Of the receipts, one in so many. */
const LOOKED_AT = 32;
/** Of the pushes: before, broadcasters get going; after, some lanes are empty and others not. */
const STEADY = { from: 0.1, to: 0.85 };

interface Run {
  /** In a second, while all were at it. */
  readonly pushes: number;
  /** Milliseconds of processor time for each push, by who took it. */
  readonly cpu: ReadonlyMap<string, number>;
}

/** Latency, and not the processor, has to be the bound: what is measured is waiting that is done beside each other. */
export const consumers: BenchCase = {
  name: 'consumers',
  about: `1, 2 and 4 broadcasters pushing to an address that answers after ${LATENCY_MS} ms: pushes a second`,
  run: async (bench) => {
    const stage = await Stage.set(bench, LANES);
    const deployment = await stage.deployment('consumers');
    const rooms = await makeRooms(deployment.connections, LANES, ROOMS_A_LANE, MEMBERS);
    bench.say(`${LANES * ROOMS_A_LANE} rooms of ${MEMBERS} members, spread evenly over ${LANES} lanes`);
    const runs = new Map<number, Run[]>(COUNTS.map((count) => [count, []]));
    for (let round = 1; round <= ROUNDS; round++) {
      for (const count of COUNTS) {
        const run = await measure(stage, deployment, rooms, count);
        runs.get(count)?.push(run);
        bench.say(`round ${round}, ${count} broadcasters: ${describe(run)}`);
      }
    }
    return rowsOf(runs);
  },
};

async function measure(stage: Stage, deployment: Deployment, rooms: Rooms, count: number): Promise<Run> {
  const { sink } = stage;
  const apps: RunningApp[] = [];
  for (let n = 0; n < count; n++) apps.push(await stage.startBroadcaster(deployment, sink.address(`${n}`)));
  await balanced(stage, deployment, rooms, count);
  await sink.begin({ delayMs: LATENCY_MS, sample: '', held: true });
  const ids = await publish(deployment, rooms, BROADCASTS * count);
  const { mysql, amqp } = stage.services;
  const counted = countCpu({
    broadcasters: apps.map(({ pid }) => pid),
    MariaDB: [mysql.pid],
    RabbitMQ: [amqp.pid],
    sink: [sink.pid],
  });
  await sink.release();
  await sink.reach(ids.length * MEMBERS, RUN_MS);
  const seconds = counted();
  const report = await sink.report();
  await verify(deployment, report, ids);
  for (const app of apps) await app.stop();
  const cpu = new Map([...seconds].map(([name, took]) => [name, (took * 1_000) / ids.length]));
  return { pushes: steadyRate(report.answeredAt), cpu };
}

/** Resolves once a broadcast to every room shows that each of the broadcasters serves as many lanes. */
async function balanced({ sink }: Stage, deployment: Deployment, rooms: Rooms, count: number): Promise<void> {
  const even = (LANES * ROOMS_A_LANE) / count;
  for (const end = performance.now() + BALANCED_MS; ;) {
    await sink.begin({ delayMs: LATENCY_MS, sample: '', held: false });
    const ids = await publish(deployment, rooms, 1);
    await sink.reach(ids.length * MEMBERS, RUN_MS);
    const shares = Object.values((await sink.report()).pushesTo);
    if (shares.length === count && shares.every((share) => share === even)) return;
    if (performance.now() > end)
      throw new Error(`the lanes are not shared evenly: ${shares.join(', ')} pushes`);
  }
}

/** So many broadcasts to each room; on a lane, no two that follow each other are to the same room. */
async function publish(deployment: Deployment, rooms: Rooms, broadcasts: number): Promise<readonly string[]> {
  const ids: string[] = [];
  const began = performance.now();
  const toLane = async (lane: readonly string[]): Promise<void> => {
    for (let n = 0; n < broadcasts; n++)
      for (const room of lane)
        ids.push(
          await deployment.publish({ kind: 'room', room, except: null }, `${n} `.padEnd(TEXT_BYTES, 'x')),
        );
  };
  await Promise.all(rooms.map(toLane));
  const took = performance.now() - began;
  if (took > PUBLISH_MS)
    throw new Error(`publishing took ${took.toFixed(0)} ms: the pushes that wait are late by now`);
  return ids;
}

/** Every member was given every broadcast to its room, in order, and what receipts were looked at say so. */
async function verify(
  deployment: Deployment,
  { deliveriesOf, pushes, sampled, amiss }: SinkReport,
  ids: readonly string[],
): Promise<void> {
  const short = ids.filter((id) => deliveriesOf[id] !== MEMBERS).length;
  if (short > 0) throw new Error(`${short} of ${ids.length} broadcasts did not reach ${MEMBERS} members`);
  if (pushes !== ids.length) throw new Error(`${ids.length} broadcasts took ${pushes} pushes`);
  if (sampled !== LANES * ROOMS_A_LANE * MEMBERS || amiss > 0)
    throw new Error(`of ${sampled} members, ${amiss} deliveries were lost, twice or out of order`);
  for (const id of ids.filter((_, index) => index % LOOKED_AT === 0)) {
    const { recipients, delivered } = await deployment.finished(id);
    if (recipients !== MEMBERS || delivered !== MEMBERS)
      throw new Error(`a receipt says ${delivered} of ${recipients} for a room of ${MEMBERS}`);
  }
}

/** Pushes a second in the steady part. */
function steadyRate(answeredAt: readonly number[]): number {
  const [from, to] = [STEADY.from, STEADY.to].map((part) => Math.floor(part * answeredAt.length)) as [
    number,
    number,
  ];
  return ((to - from) * 1_000) / ((answeredAt[to] ?? 0) - (answeredAt[from] ?? 0));
}

function describe({ pushes, cpu }: Run): string {
  const times = [...cpu].map(([name, ms]) => `${name} ${shown(ms)}`).join(', ');
  return `${shown(pushes)} pushes a second; processor time of a push in ms: ${times}`;
}

function rowsOf(runs: ReadonlyMap<number, readonly Run[]>): readonly Row[] {
  const [one = []] = runs.values();
  const row = (count: number, metric: string, values: readonly number[], limit: number | null = null): Row =>
    figure(
      { case: 'consumers', variant: count === 1 ? '1 broadcaster' : `${count} broadcasters`, metric },
      values,
      limit,
    );
  const rows = [...runs].flatMap(([count, some]) => {
    const limit = (count * PUSHES_AT_A_TIME * 1_000) / LATENCY_MS;
    const pushes = row(
      count,
      'pushes/s',
      some.map((run) => run.pushes),
      limit,
    );
    const deliveries = row(
      count,
      'deliveries/s',
      some.map((run) => run.pushes * MEMBERS),
      limit * MEMBERS,
    );
    const ratios = some.map((run, round) => run.pushes / (one[round]?.pushes ?? NaN));
    const least = LEAST[count];
    return [least === undefined ? pushes : judged(pushes, median(ratios), { least }), deliveries];
  });
  const cpu = [...runs].map(([count, some]) => {
    const all = some.map((run) => [...run.cpu.values()].reduce((sum, ms) => sum + ms, 0));
    return row(count, 'ms of all processors a push', all);
  });
  return [...rows, ...cpu];
}
