import type { Bench } from '../bench';
import type { Load, Served } from '../fanout/served';
import { Venue } from '../fanout/venue';
import { startNchan } from './nchan';
import { installPeers } from './programs';
import { PUSHPIN_DEFAULT, PUSHPIN_TUNED, startPushpin } from './pushpin';
import { startSocketIo } from './socket-io';

export const NCHAN = 'nchan';
export const PUSHPIN = 'Pushpin tuned';

/** A peer, and how often it is measured where the others are so many times. */
export interface FanoutPeer {
  readonly name: string;
  readonly start: (bench: Bench, groups: readonly number[]) => Promise<Served>;
  readonly rounds: (load: Load, usual: number) => number;
}

const always: FanoutPeer['rounds'] = (_, usual) => usual;

export const FANOUT_PEERS: readonly FanoutPeer[] = [
  { name: NCHAN, start: (_, groups) => startNchan(groups), rounds: always },
  {
    name: PUSHPIN,
    start: (_, groups) => startPushpin(PUSHPIN, groups, PUSHPIN_TUNED),
    // So many deliveries take it many seconds.
    rounds: ({ atOnce }, usual) => (atOnce > 1 ? 1 : usual),
  },
  {
    name: 'Pushpin default',
    start: (_, groups) => startPushpin('Pushpin default', groups, PUSHPIN_DEFAULT),
    // Its 2,500 deliveries a second are what they are.
    rounds: ({ clients, bytes }) => (clients === 1_000 && bytes === 128 ? 1 : 0),
  },
  {
    name: 'Socket.IO',
    start: (bench, groups) => startSocketIo(groups, (line) => bench.say(line)),
    rounds: always,
  },
];

/** Null, and told of, when it cannot be had. */
export async function peerVenue(
  bench: Bench,
  { name, start }: FanoutPeer,
  groups: readonly number[],
): Promise<Venue | null> {
  try {
    return await Venue.fill(await start(bench, groups));
  } catch (error) {
    bench.miss(name, error);
    return null;
  }
}

/** What can be installed of Debian for them. */
export async function preparePeers(bench: Bench): Promise<void> {
  await installPeers(['nchan', 'Pushpin'], (line) => bench.say(line));
}
