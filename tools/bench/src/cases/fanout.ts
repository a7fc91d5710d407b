import type { Bench, BenchCase } from '../bench';
import { BARE_LOOP, startBareLoop, startGateway } from '../fanout/own';
import type { Load } from '../fanout/served';
import { type Run, Venue } from '../fanout/venue';
import { FANOUT_PEERS, type FanoutPeer, peerVenue, preparePeers } from '../peers/peers';
import type { Row } from '../row';
import { median, shown } from '../statistics';
import { atClientsCore } from '../support/clients-core';
import { requireOpenFiles } from '../support/open-files';
import { warmUp } from '../support/warm-up';
import { percentile, rowsFor, type Runs, variantOf } from './fanout-rows';

const CLIENTS = [1_000, 5_000] as const;
const BYTES = [128, 4_096] as const;
const AT_ONCE = [1, 32] as const;
/** The first is the gateway's own default. */
const WINDOWS_MS = [2, 0] as const;
const ROUNDS = 3;

const LOADS: readonly Load[] = CLIENTS.flatMap((clients) =>
  BYTES.flatMap((bytes) => AT_ONCE.map((atOnce) => ({ clients, bytes, atOnce }))),
);

interface Entrant {
  readonly venue: Venue;
  readonly rounds: FanoutPeer['rounds'];
  readonly runs: Map<Load, Run[]>;
}

/** The gateway's own listeners and sessions, in a process of their own; clients in another, messages from this one. */
export const fanout: BenchCase = {
  name: 'fanout',
  about:
    'a message to 1,000 and 5,000 clients of one gateway, beside nchan, Pushpin and Socket.IO: deliveries a second, ' +
    'and until the last client has it',
  run: async (bench) => {
    requireOpenFiles(CLIENTS.reduce((sum, clients) => sum + clients, 0));
    await preparePeers(bench);
    const entrants = await enter(bench);
    bench.atEnd(await atClientsCore());
    const warm = new Set<number>();
    for (const load of LOADS) {
      await prepare(entrants, load, warm.has(load.atOnce));
      warm.add(load.atOnce);
      for (let round = 0; round < ROUNDS; round++) await takeTurns(entrants, load, round);
      for (const { venue, runs } of entrants) {
        const some = runs.get(load);
        if (some) bench.say(describe(venue.name, load, some));
      }
    }
    return rowsOf(new Map(entrants.map(({ venue, runs }) => [venue.name, runs])));
  },
};

async function enter(bench: Bench): Promise<readonly Entrant[]> {
  const most = Math.max(...CLIENTS);
  const { profile } = bench.options;
  const flags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const entrants: Entrant[] = [];
  const add = (venue: Venue | null, rounds: Entrant['rounds'] = (_, usual) => usual): void => {
    if (!venue) return;
    bench.say(`clients are connected to ${venue.name}`);
    entrants.push({ venue, rounds, runs: new Map() });
    bench.atEnd(() => venue.close());
  };
  for (const windowMs of WINDOWS_MS) add(await Venue.fill(await startGateway(windowMs, most, flags)));
  add(await Venue.fill(await startBareLoop(most)));
  for (const peer of FANOUT_PEERS) add(await peerVenue(bench, peer, CLIENTS), peer.rounds);
  return entrants;
}

/** @param warm by another load with as many at once; what sizes buffers have depends on the load */
async function prepare(entrants: readonly Entrant[], load: Load, warm: boolean): Promise<void> {
  for (const { venue, rounds } of entrants) {
    if (rounds(load, ROUNDS) <= 1) continue;
    const run = (): Promise<Run> => venue.measure(load);
    await (warm ? run() : warmUp(run));
  }
}

/** So that whatever else the machine does meets all of them. Who takes part once does so last: others wait for it. */
async function takeTurns(entrants: readonly Entrant[], load: Load, round: number): Promise<void> {
  for (const { venue, rounds, runs } of entrants) {
    if (round < ROUNDS - rounds(load, ROUNDS)) continue;
    const run = await venue.measure(load);
    runs.set(load, [...(runs.get(load) ?? []), run]);
  }
}

function describe(name: string, load: Load, runs: readonly Run[]): string {
  const of = (value: (run: Run) => number): string => shown(median(runs.map(value)));
  const lost = Math.max(...runs.map((run) => run.lost));
  return (
    `${variantOf(load)}, ${name}: ${of((run) => run.deliveries)} deliveries/s, ${of((run) => run.cpu)} µs each, ` +
    `${of((run) => run.clientsCpu)} for clients; ` +
    `last recipient after ${of((run) => percentile(run, 0.5))} ms, p99 ${of((run) => percentile(run, 0.99))}` +
    (lost > 0 ? `; lost ${shown(lost)}` : '')
  );
}

function rowsOf(runs: ReadonlyMap<string, Runs>): readonly Row[] {
  const [ours, ...variants] = WINDOWS_MS.map((windowMs) => `window ${windowMs} ms`);
  const own = new Set([ours, ...variants, BARE_LOOP]);
  const peers = [...runs.keys()].filter((name) => !own.has(name));
  return LOADS.flatMap((load) => {
    const of = (name: string): readonly Run[] => runs.get(name)?.get(load) ?? [];
    return rowsFor({
      load,
      ours: of(ours ?? ''),
      variants: new Map(variants.map((name) => [name, of(name)])),
      peers: new Map(peers.map((name) => [name, of(name)])),
      bare: of(BARE_LOOP),
    });
  });
}
