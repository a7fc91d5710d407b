import { randomBytes } from 'node:crypto';
import type { SinkReport } from '../sink/sink-state';
import type { Deployment } from '../support/deployment';
import { countCpu, peakRssMib } from '../support/process-usage';
import type { Stage } from '../support/stage';

/** Of each run, whatever the number of rows: as many broadcasts, one after the other, as it takes. */
const DELIVERIES = 1_000_000;
const ROWS_AT_ONCE = 5_000;
const TEXT_BYTES = 128;
/** Ids are hexadecimal: one in 256 begins so. */
const SAMPLE = '00';
const RUN_MS = 300_000;

/** A deployment with so many connections, all of one push address. */
export interface Size {
  readonly rows: number;
  readonly deployment: Deployment;
}

export interface Run {
  /** For each recipient, from the first push of a broadcast to its last. */
  readonly microseconds: number;
  /** With what comes before, whatever the number of recipients: the queue, and a look at the first connections. */
  readonly sincePublished: number;
  /** Microseconds of processor time for each recipient, by who took it. */
  readonly cpu: ReadonlyMap<string, number>;
  /** Of the processors' time, in percent. */
  readonly elsewhere: number;
  readonly peakMib: number;
}

export async function deploymentOf(stage: Stage, rows: number): Promise<Size> {
  const name = `scale_${rows}`;
  const deployment = await stage.deployment(name);
  const row = (): unknown[] => [randomBytes(16).toString('hex'), new Date(), stage.sink.address('scale')];
  for (let count = 0; count < rows; count += ROWS_AT_ONCE) {
    const insert = 'INSERT INTO ConnectionID_List (ConnectionID, Date, PushAddress) VALUES ?';
    await stage.sql(name, insert, Array.from({ length: ROWS_AT_ONCE }, row));
  }
  return { rows, deployment };
}

/** In a broadcaster of its own, so that its peak of memory is that of this size; the first run warms it up. */
export async function measure(stage: Stage, size: Size): Promise<Run> {
  const { sink, services } = stage;
  const app = await stage.startBroadcaster(size.deployment, sink.address('default'));
  await oneByOne(stage, size);
  const counted = countCpu({
    broadcaster: [app.pid],
    MariaDB: [services.mysql.pid],
    RabbitMQ: [services.amqp.pid],
    sink: [sink.pid],
  });
  const { ms, pushingMs } = await oneByOne(stage, size);
  const { seconds, elsewhere } = counted();
  const peakMib = peakRssMib(app.pid);
  await app.stop();
  return {
    microseconds: (pushingMs * 1_000) / DELIVERIES,
    sincePublished: (ms * 1_000) / DELIVERIES,
    cpu: new Map([...seconds].map(([name, took]) => [name, (took * 1e6) / DELIVERIES])),
    elsewhere,
    peakMib,
  };
}

/** The peak of memory, in MiB, of a broadcaster that finds so many broadcasts waiting: it takes them together. */
export async function peakOfBacklog(stage: Stage, size: Size, broadcasts: number): Promise<number> {
  const { rows, deployment } = size;
  const ids: string[] = [];
  await stage.sink.begin({ delayMs: 0, sample: SAMPLE, held: false });
  for (let n = 0; n < broadcasts; n++) ids.push(await publish(size, n));
  const app = await stage.startBroadcaster(deployment, stage.sink.address('default'));
  await stage.sink.reach(broadcasts * rows, RUN_MS);
  await verify(size, await stage.sink.report(), ids);
  const peakMib = peakRssMib(app.pid);
  await app.stop();
  return peakMib;
}

/**
 * Each broadcast is published when everyone has the one before: two that wait would be taken together.
 * @returns how long all of it took, and how much of that from the first push of a broadcast to its last
 */
async function oneByOne({ sink }: Stage, size: Size): Promise<{ ms: number; pushingMs: number }> {
  const ids: string[] = [];
  await sink.begin({ delayMs: 0, sample: SAMPLE, held: false });
  const began = performance.now();
  for (let n = 0; n < DELIVERIES / size.rows; n++) {
    ids.push(await publish(size, n));
    await sink.reach((n + 1) * size.rows, RUN_MS);
  }
  const ms = performance.now() - began;
  const report = await sink.report();
  await verify(size, report, ids);
  return { ms, pushingMs: Object.values(report.messages).reduce((sum, message) => sum + message.ms, 0) };
}

/** @param number among the broadcasts since the sink began */
async function publish({ deployment }: Size, number: number): Promise<string> {
  return deployment.publish({ kind: 'all', except: null }, `${number} `.padEnd(TEXT_BYTES, 'x'));
}

/** Everyone was given every broadcast, the sample in order and none twice, and the receipts say so. */
async function verify(
  { rows, deployment }: Size,
  { messages, amiss }: SinkReport,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    const { recipients, delivered } = await deployment.finished(id);
    const counts = [messages[id]?.deliveries, recipients, delivered];
    if (counts.some((count) => count !== rows))
      throw new Error(`of ${rows} recipients, sink and receipt (all, delivered) count ${counts.join(', ')}`);
  }
  if (amiss > 0) throw new Error(`${amiss} deliveries of the sample were lost, twice or out of order`);
}
