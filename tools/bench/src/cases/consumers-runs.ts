import type { SinkReport } from '../sink/sink-state';
import type { RunningApp } from '../support/built-app';
import type { Deployment } from '../support/deployment';
import { countCpu } from '../support/process-usage';
import type { Rooms } from '../support/rooms';
import type { Stage } from '../support/stage';

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

/** What is pushed: broadcasts to rooms, each with one push that is answered after so long. */
export interface Workload {
  readonly deployment: Deployment;
  readonly rooms: Rooms;
  readonly members: number;
  readonly latencyMs: number;
}

export interface Run {
  /** In a second, while all were at it. */
  readonly pushes: number;
  /** Milliseconds of processor time for each push, by who took it. */
  readonly cpu: ReadonlyMap<string, number>;
  /** Of the processors' time, in percent. */
  readonly elsewhere: number;
}

/**
 * Everything is published before it is served: until then the sink answers nothing. Starting and sharing the lanes is
 * not part of it.
 */
export async function measure(stage: Stage, workload: Workload, count: number): Promise<Run> {
  const { sink } = stage;
  const { deployment, latencyMs, members } = workload;
  const apps: RunningApp[] = [];
  for (let n = 0; n < count; n++) apps.push(await stage.startBroadcaster(deployment, sink.address(`${n}`)));
  await balanced(stage, workload, count);
  await sink.begin({ delayMs: latencyMs, sample: '', held: true });
  const ids = await publish(workload, BROADCASTS * count);
  const { mysql, amqp } = stage.services;
  const counted = countCpu({
    broadcasters: apps.map(({ pid }) => pid),
    MariaDB: [mysql.pid],
    RabbitMQ: [amqp.pid],
    sink: [sink.pid],
  });
  await sink.release();
  await sink.reach(ids.length * members, RUN_MS);
  const { seconds, elsewhere } = counted();
  const report = await sink.report();
  await verify(workload, report, ids);
  for (const app of apps) await app.stop();
  const cpu = new Map([...seconds].map(([name, took]) => [name, (took * 1_000) / ids.length]));
  return { pushes: steadyRate(report.answeredAt), cpu, elsewhere };
}

/** Resolves once a broadcast to every room shows that each of the broadcasters serves as many lanes. */
async function balanced({ sink }: Stage, workload: Workload, count: number): Promise<void> {
  const { rooms, members, latencyMs } = workload;
  const even = rooms.flat().length / count;
  for (const end = performance.now() + BALANCED_MS; ;) {
    await sink.begin({ delayMs: latencyMs, sample: '', held: false });
    const ids = await publish(workload, 1);
    await sink.reach(ids.length * members, RUN_MS);
    const shares = Object.values((await sink.report()).pushesTo);
    if (shares.length === count && shares.every((share) => share === even)) return;
    if (performance.now() > end)
      throw new Error(`the lanes are not shared evenly: ${shares.join(', ')} pushes`);
  }
}

/** So many broadcasts to each room; on a lane, no two that follow each other are to the same room. */
async function publish({ deployment, rooms }: Workload, broadcasts: number): Promise<readonly string[]> {
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
  { deployment, rooms, members }: Workload,
  { messages, pushes, sampled, amiss }: SinkReport,
  ids: readonly string[],
): Promise<void> {
  const short = ids.filter((id) => messages[id]?.deliveries !== members).length;
  if (short > 0) throw new Error(`${short} of ${ids.length} broadcasts did not reach ${members} members`);
  if (pushes !== ids.length) throw new Error(`${ids.length} broadcasts took ${pushes} pushes`);
  if (sampled !== rooms.flat().length * members || amiss > 0)
    throw new Error(`of ${sampled} members, ${amiss} deliveries were lost, twice or out of order`);
  for (const id of ids.filter((_, index) => index % LOOKED_AT === 0)) {
    const { recipients, delivered } = await deployment.finished(id);
    if (recipients !== members || delivered !== members)
      throw new Error(`a receipt says ${delivered} of ${recipients} for a room of ${members}`);
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
