import type { Connection, ConnectionStore } from '@sendback/domain/connection';
import type { Recipients, Target } from './broadcast';
import type { Delivery } from './delivery';
import { laneOf, laneRange } from './lanes';

const PAGE_SIZE = 1_000;

/** Of runs whose rooms and users are looked up together: most have few connections, and every query has its price. */
const LOOKED_UP_TOGETHER = 64;

/** Consecutive messages for the same audience: one walk through the store serves them all, in their order. */
export type Run = readonly [Delivery, ...Delivery[]];

type Groups = ReadonlyMap<string, readonly Connection[]>;

/** The connections of rooms and users by their names, as far as they are known. */
interface Known {
  readonly room: Groups;
  readonly user: Groups;
}

/** Finds out whom the messages of a batch are for. */
export class Audiences {
  constructor(
    private readonly connections: ConnectionStore,
    private readonly lane: number,
    private readonly lanes: number,
  ) {}

  /** The messages in their order, each run of them with its connections on this lane, by push address and page. */
  async *of(deliveries: readonly Delivery[]): AsyncGenerator<readonly [Run, AsyncIterable<Recipients>]> {
    const runs = runsOf(deliveries);
    for (let from = 0; from < runs.length; from += LOOKED_UP_TOGETHER) {
      const some = runs.slice(from, from + LOOKED_UP_TOGETHER);
      // All of them were accepted before: who joins after this is not among those they are for.
      const targets = some.flatMap(([{ message }]) => (message.recipients ? [] : message.broadcast.target));
      const known = {
        room: await this.groups('room', targets.map(roomOf)),
        user: await this.groups('user', targets.map(userOf)),
      };
      for (const run of some) yield [run, this.audience(run, known)];
    }
  }

  /** Nothing for a single name: a page tells as much. */
  private async groups(by: 'room' | 'user', named: readonly (string | null)[]): Promise<Groups> {
    const names = [...new Set(named)].filter((name) => name !== null);
    return names.length < 2 ? new Map() : this.connections.groups({ by, names, limit: PAGE_SIZE });
  }

  private async *audience(run: Run, known: Known): AsyncGenerator<Recipients> {
    const { recipients, broadcast } = run[0].message;
    const { target } = broadcast;
    if (recipients) yield recipients;
    else if (target.kind === 'connections') yield* this.listed(target.connectionIds, run);
    else {
      const group = known.room.get(roomOf(target) ?? '') ?? known.user.get(userOf(target) ?? '');
      yield* group ? byPushAddress(group) : this.pages(target);
    }
  }

  private async *listed(connectionIds: readonly string[], run: Run): AsyncGenerator<Recipients> {
    const served = [...new Set(connectionIds)].filter((id) => laneOf(id, this.lanes) === this.lane);
    const connected = await this.connections.findAll(served);
    for (const delivery of run) delivery.countGone(served.length - connected.length);
    yield* byPushAddress(connected);
  }

  private async *pages(target: Target): AsyncGenerator<Recipients> {
    const whom = { room: roomOf(target), userId: userOf(target) };
    const everyLanes = { after: '', upTo: null };
    const { after: start, upTo } = target.kind === 'all' ? laneRange(this.lane, this.lanes) : everyLanes;
    for (let after = start, more = true; more;) {
      const page = await this.connections.page({ ...whom, after, upTo, limit: PAGE_SIZE });
      yield* byPushAddress(page);
      more = page.length === PAGE_SIZE;
      after = page.at(-1)?.connectionId ?? after;
    }
  }
}

const roomOf = (target: Target): string | null => (target.kind === 'room' ? target.room : null);

const userOf = (target: Target): string | null => (target.kind === 'user' ? target.userId : null);

function runsOf(deliveries: readonly Delivery[]): readonly Run[] {
  const runs: [Delivery, ...Delivery[]][] = [];
  for (const delivery of deliveries) {
    const run = runs.at(-1);
    if (run?.[0].hasSameAudienceAs(delivery)) run.push(delivery);
    else runs.push([delivery]);
  }
  return runs;
}

function byPushAddress(page: readonly Connection[]): Recipients[] {
  const groups = new Map<string | null, string[]>();
  for (const { pushAddress, connectionId } of page) {
    const group = groups.get(pushAddress);
    if (group) group.push(connectionId);
    else groups.set(pushAddress, [connectionId]);
  }
  return Array.from(groups, ([pushAddress, connectionIds]) => ({ pushAddress, connectionIds }));
}
