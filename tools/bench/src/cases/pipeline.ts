import type { Bench, BenchCase } from '../bench';
import { startGateway } from '../fanout/own';
import { Venue } from '../fanout/venue';
import { figure, judged, type Row } from '../row';
import { median, shown } from '../statistics';
import { atClientsCore } from '../support/clients-core';
import { warmUp } from '../support/warm-up';
import { Pipeline, type PipelineLoad, SENDERS } from './pipeline-runs';

/** As many messages as take some seconds. */
const LOADS: readonly PipelineLoad[] = [
  { clients: 1_000, messages: 75, bytes: 128 },
  { clients: 5_000, messages: 15, bytes: 128 },
];
const ROUNDS = 3;
const LEAST_OF_FANOUT = 0.6;
const LEAST_OF_SEQUENTIAL = 50;
/** The gateway's own default. */
const WINDOW_MS = 2;

/**
 * What a client says goes through the gateway, a transfer function over HTTP, RabbitMQ, the broadcasters and the
 * reverse push to all other clients: every process as it is deployed, all on this machine. Beside it, what one gateway
 * delivers when as many messages at a time are pushed to it and nothing else runs, and the loop of the samples at the
 * same gateway.
 */
export const pipeline: BenchCase = {
  name: 'pipeline',
  about: 'what clients say to 1,000 and 5,000 others, through functions, RabbitMQ, broadcasters and push',
  run: async (bench) => {
    bench.say('building the apps, starting them');
    const deployment = await Pipeline.start(bench);
    const most = Math.max(...LOADS.map(({ clients }) => clients));
    const venue = await Venue.fill(await startGateway(WINDOW_MS, most, []));
    bench.atEnd(() => venue.close());
    const rows: Row[] = [];
    for (const load of LOADS) {
      await deployment.fill(load.clients);
      rows.push(...(await measure(bench, load, deployment, venue)));
    }
    return rows;
  },
};

async function measure(
  bench: Bench,
  load: PipelineLoad,
  deployment: Pipeline,
  venue: Venue,
): Promise<readonly Row[]> {
  const { clients, bytes } = load;
  await warmUp(() => deployment.measure(load));
  const alone = { clients, bytes, atOnce: SENDERS };
  await atCore(() => warmUp(() => venue.measure(alone)));
  const rates: number[] = [];
  const fanouts: number[] = [];
  const loops: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rates.push(await deployment.measure(load));
    loops.push(await deployment.sequential(load));
    const { deliveries, lost } = await atCore(() => venue.measure(alone));
    if (lost > 0) throw new Error(`${lost} deliveries of the fanout were lost`);
    fanouts.push(deliveries);
  }
  bench.say(
    `${shown(clients)} clients, deliveries/s: ${shown(median(rates))} through all of it, ` +
      `${shown(median(fanouts))} of a gateway alone, ${shown(median(loops))} of the sequential loop`,
  );
  return rowsOf(load, rates, median(fanouts), median(loops));
}

async function atCore<T>(run: () => Promise<T>): Promise<T> {
  const anywhere = await atClientsCore();
  return run().finally(anywhere);
}

function rowsOf(
  { clients, bytes }: PipelineLoad,
  rates: readonly number[],
  fanout: number,
  loop: number,
): readonly Row[] {
  const variant = `${shown(clients)} × ${bytes} B`;
  const row = figure({ case: 'pipeline', variant, metric: 'deliveries/s' }, rates);
  return [
    judged({ ...row, peers: { fanout }, limit: fanout }, row.ours / fanout, { least: LEAST_OF_FANOUT }),
    judged({ ...row, peers: { 'sequential loop': loop } }, row.ours / loop, { least: LEAST_OF_SEQUENTIAL }),
  ];
}
