import { IdSource } from '@sendback/domain/runtime';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { CloseCode } from './close-code';
import { MemoryConnectionIds } from './connection-ids.memory';
import type { Gateway } from './gateway';
import { MemoryNodeForwarder } from './node-forwarder.memory';
import { NodeUnreachable } from './node-forwarder.port';
import type { PushOutcome } from './push-to-clients';
import { MemorySessionLedger } from './session-ledger.memory';
import { LedgerUnavailable } from './session-ledger.port';
import { type Connected, frame, GatewayHarness, textsOf } from './testing/gateway-harness';

const LEASE_MS = 10_000;

/** Ids that no other node gives. */
class IdsOf extends IdSource {
  private last = 0;

  constructor(private readonly digit: string) {
    super();
  }

  hex(bytes: number): string {
    return this.digit + (++this.last).toString(16).padStart(bytes * 2 - 1, '0');
  }

  uuid(): string {
    return this.hex(16);
  }
}

/** Time goes on for a process that is stopped, while none of its timers runs. */
class PausableClock extends ManualClock {
  private stoodStillMs = 0;

  override now(): number {
    return super.now() + this.stoodStillMs;
  }

  standStill(ms: number): void {
    this.stoodStillMs += ms;
  }
}

class Cluster {
  readonly time = new ManualClock();
  readonly ledger = new MemorySessionLedger(this.time);
  private readonly gateways = new Map<string, Gateway>();
  private started = 0;

  async node(nodeId: string, clock = this.time, ledger = this.ledger): Promise<GatewayHarness> {
    const ids = new IdsOf((++this.started).toString(16));
    const connectionIds = new MemoryConnectionIds(ids, 1);
    const forwarder = new MemoryNodeForwarder(this.gateways);
    const g = new GatewayHarness({ nodeId, clock, ledger, ids, nodes: { connectionIds, forwarder } });
    this.gateways.set(`http://${nodeId}`, g.gateway);
    return g.started();
  }

  /** Nobody reaches it any more, and it does nothing any more. */
  kill(nodeId: string, clock: ManualClock): void {
    this.gateways.delete(`http://${nodeId}`);
    jest.spyOn(clock, 'after').mockReturnValue({ cancel: () => undefined });
  }

  unplug(nodeId: string): () => void {
    const address = `http://${nodeId}`;
    const gateway = this.gateways.get(address)!;
    this.gateways.delete(address);
    return () => void this.gateways.set(address, gateway);
  }
}

describe('several gateways on one ledger', () => {
  let cluster: Cluster;
  let east: GatewayHarness;
  let west: GatewayHarness;
  let ann: Connected;
  let bob: Connected;

  beforeEach(async () => {
    cluster = new Cluster();
    east = await cluster.node('east');
    west = await cluster.node('west');
    [ann, bob] = [await east.connect(), await west.connect()];
  });

  /** Lets the ledger be read again where that is waited for. */
  const outcome = async (pushing: Promise<PushOutcome>): Promise<PushOutcome> => {
    pushing.catch(() => undefined);
    await east.settle();
    await cluster.time.advance(200);
    return pushing;
  };
  const push = (g: GatewayHarness, ids: readonly string[], ...texts: string[]): Promise<PushOutcome> =>
    outcome(
      g.gateway.deliverPush.execute(g.live, {
        connectionIds: ids,
        messages: texts.map((text) => ({ id: null, frame: frame(text), except: null })),
      }),
    );
  const nothing: PushOutcome = { gone: [], slow: [] };

  it('bring a push to any connection, whichever of them is asked', async () => {
    for (const g of [east, west]) expect(await push(g, [ann.id, bob.id], 'a', 'b')).toEqual(nothing);
    for (const { socket } of [ann, bob]) expect(textsOf(socket)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('bring a push to a node that has only just begun', async () => {
    const north = await cluster.node('north');
    const cat = await north.connect();
    expect(await push(east, [ann.id, bob.id, cat.id], 'a')).toEqual(nothing);
    expect(textsOf(cat.socket)).toEqual(['a']);
  });

  it('tell who is gone or slow, on whichever of them', async () => {
    const [cat, dan] = [await east.connect(), await west.connect()];
    for (const { socket } of [cat, dan]) socket.closes(1000, '');
    await cluster.time.advance(0);
    const { gone, slow } = await push(east, [ann.id, cat.id, 'nobody', bob.id, dan.id], 'a');
    expect([...gone].sort()).toEqual([cat.id, dan.id, 'nobody'].sort());
    expect(slow).toEqual([]);
    expect(textsOf(bob.socket)).toEqual(['a']);
  });

  it('close connections of each other', async () => {
    const closing = { connectionIds: [ann.id, bob.id], messages: null };
    expect(await outcome(east.gateway.deliverPush.execute(east.live, closing))).toEqual(nothing);
    for (const { socket } of [ann, bob]) expect(socket.closeFrame?.code).toBe(CloseCode.closedByApplication);
  });

  it('take what was handed on no further', async () => {
    const forwarded = { connectionIds: [ann.id], messages: null };
    const tags = new Map((await cluster.ledger.nodes()).map(({ address, tag }) => [address, tag]));
    const toWest = west.gateway.deliverPush.execute(west.live, {
      ...forwarded,
      forwardedTo: tags.get('http://west')!,
    });
    expect(await outcome(toWest)).toEqual({ gone: [ann.id], slow: [] });
    const astray = west.gateway.deliverPush.execute(west.live, {
      ...forwarded,
      forwardedTo: tags.get('http://east')!,
    });
    await expect(outcome(astray)).rejects.toBeInstanceOf(NodeUnreachable);
    expect(ann.socket.closeFrame).toBeNull();
  });

  it('never call a connection gone while its node may be there: repeating brings it once, to each', async () => {
    const plugIn = cluster.unplug('west');
    const messages = [{ id: '1', frame: frame('a'), except: null }];
    const pushing = (): Promise<PushOutcome> =>
      outcome(east.gateway.deliverPush.execute(east.live, { connectionIds: [ann.id, bob.id], messages }));
    for (let n = 0; n < 3; n++) await expect(pushing()).rejects.toBeInstanceOf(NodeUnreachable);
    expect(east.log.entries.filter(({ message }) => message.includes('does not take pushes'))).toHaveLength(
      1,
    );
    plugIn();
    expect(await pushing()).toEqual(nothing);
    for (const { socket } of [ann, bob]) expect(textsOf(socket)).toEqual(['a']);
  });

  it('call the connections of a node gone that was stopped', async () => {
    await west.gateway.drain({ windowMs: 0, graceMs: 0 });
    cluster.unplug('west');
    expect(await push(east, [ann.id, bob.id], 'a')).toEqual({ gone: [bob.id], slow: [] });
  });

  it('call those of an earlier life gone, also where the new one is at the same address', async () => {
    const again = await cluster.node('west');
    const cat = await again.connect();
    expect(await push(east, [ann.id, bob.id, cat.id], 'a')).toEqual({ gone: [bob.id], slow: [] });
    expect(textsOf(cat.socket)).toEqual(['a']);
  });

  it('ask the ledger of tags they do not know, ten times a second at most, and of no tag twice', async () => {
    await cluster.time.advance(LEASE_MS / 3);
    const nodes = jest.spyOn(cluster.ledger, 'nodes');
    await push(east, [bob.id, ann.id], 'a');
    await push(east, ['nobody', 'x'.repeat(44)], 'a');
    expect(nodes).not.toHaveBeenCalled();
    const strangers = Array.from({ length: 50 }, (_, n) => `${n}`.padStart(44, 'a'));
    const pushing: Promise<PushOutcome>[] = [];
    for (const id of strangers) {
      pushing.push(east.gateway.deliverPush.execute(east.live, { connectionIds: [id], messages: null }));
      await east.settle();
      await cluster.time.advance(10);
    }
    await cluster.time.advance(100);
    expect((await Promise.all(pushing)).flatMap(({ gone }) => gone)).toEqual(strangers);
    expect(nodes.mock.calls.length).toBeLessThanOrEqual(7);
    nodes.mockClear();
    expect((await push(east, strangers, 'a')).gone).toHaveLength(50);
    expect(nodes).not.toHaveBeenCalled();
  });

  it('say that the ledger is away where they do not know a node, and serve those they know', async () => {
    await cluster.time.advance(LEASE_MS / 3);
    jest.spyOn(cluster.ledger, 'nodes').mockRejectedValue(new LedgerUnavailable('down'));
    expect(await push(east, [ann.id, bob.id], 'a')).toEqual(nothing);
    await expect(push(east, ['a'.repeat(44)], 'a')).rejects.toBeInstanceOf(LedgerUnavailable);
  });

  describe('of which one died', () => {
    let south: GatewayHarness;
    let dead: Connected[];
    beforeEach(async () => {
      await cluster.time.advance(LEASE_MS);
      const clock = new ManualClock(cluster.time.now());
      south = await cluster.node('south', clock);
      dead = await Promise.all(Array.from({ length: 500 }, () => south.connect()));
      await push(east, [dead[0]!.id], 'a');
      cluster.kill('south', clock);
    });
    const cleaned = (): string[] =>
      [east, west].flatMap(({ cleanups }) => cleanups.map(({ websocket }) => websocket.secConnectionID));
    const idsOf = (all: readonly Connected[]): string[] => all.map(({ id }) => id).sort();

    it('clean up after each of its connections once, within two leases', async () => {
      await cluster.time.advance(LEASE_MS * 0.9);
      expect(cleaned()).toEqual([]);
      await cluster.time.advance(LEASE_MS * 1.1);
      expect(cleaned().sort()).toEqual(idsOf(dead));
      expect(textsOf(ann.socket)).toEqual([]);
      expect(await push(west, [ann.id, bob.id], 'x')).toEqual(nothing);
    });

    it('say that it does not answer, and gone as soon as it is known to be dead', async () => {
      const ids = [dead[0]!.id, bob.id];
      await expect(push(east, ids, 'x')).rejects.toBeInstanceOf(NodeUnreachable);
      await cluster.time.advance(2 * LEASE_MS);
      for (const g of [east, west]) expect((await push(g, ids, 'x')).gone).toEqual([dead[0]!.id]);
    });
  });

  it('give each other the time to come back when the ledger was away', async () => {
    await cluster.time.advance(2 * LEASE_MS);
    const away = jest.spyOn(cluster.ledger, 'renew').mockRejectedValue(new LedgerUnavailable('down'));
    await cluster.time.advance(3 * LEASE_MS);
    away.mockRestore();
    const renew = jest.spyOn(cluster.ledger, 'renew');
    // West is the last to find that the ledger is back.
    renew.mockImplementationOnce((tenure, leaseMs) =>
      MemorySessionLedger.prototype.renew.call(cluster.ledger, tenure, leaseMs),
    );
    renew.mockRejectedValueOnce(new LedgerUnavailable('still down'));
    await cluster.time.advance(3 * LEASE_MS);
    expect([east.tenuresLost, west.tenuresLost]).toEqual([0, 0]);
    expect([...east.cleanups, ...west.cleanups]).toEqual([]);
    expect(await push(east, [ann.id, bob.id], 'a')).toEqual(nothing);
  });

  describe('of which one stood still', () => {
    let clock: PausableClock;
    let south: GatewayHarness;
    let cat: Connected;
    let dan: Connected;
    beforeEach(async () => {
      await cluster.time.advance(LEASE_MS);
      clock = new PausableClock(cluster.time.now());
      south = await cluster.node('south', clock);
      [cat, dan] = [await south.connect(), await south.connect()];
    });

    const standStill = async (ms: number): Promise<void> => {
      await cluster.time.advance(ms);
      clock.standStill(ms);
    };
    const lost = async (): Promise<void> => {
      await south.settle();
      expect(south.tenuresLost).toBe(1);
      expect(south.live.sessions.size).toBe(0);
      expect(cat.socket.closeFrame?.code).toBe(CloseCode.restarted);
      await clock.advance(60_000);
      expect(south.cleanups).toEqual([]);
      expect(south.handedOver).toEqual([]);
    };

    it('hands no message over that reaches it before its timers do, and closes its sockets', async () => {
      await standStill(2 * LEASE_MS);
      south.says(cat.socket, 'a');
      south.says(dan.socket, 'b');
      await lost();
    });

    it('calls no cleanup for a connection that broke meanwhile', async () => {
      await standStill(2 * LEASE_MS);
      dan.socket.vanishes();
      await lost();
      const cleaned = [...east.cleanups, ...west.cleanups].map(({ websocket }) => websocket.secConnectionID);
      expect(cleaned.sort()).toEqual([cat.id, dan.id].sort());
    });

    it('pushes nothing to connections that others have cleaned up after', async () => {
      await standStill(2 * LEASE_MS);
      const pushing = south.gateway.deliverPush.execute(south.live, {
        connectionIds: [cat.id],
        messages: [{ id: null, frame: frame('late'), except: null }],
      });
      expect(await pushing).toEqual({ gone: [cat.id], slow: [] });
      expect(textsOf(cat.socket)).toEqual([]);
      await lost();
    });

    it('closes its sockets as soon as its timers run', async () => {
      await standStill(2 * LEASE_MS);
      await clock.advance(LEASE_MS / 3);
      await lost();
    });

    it('goes on when nobody took its connections, after asking once', async () => {
      for (const g of [east, west]) await g.gateway.drain({ windowMs: 0, graceMs: 0 });
      const renew = jest.spyOn(cluster.ledger, 'renew');
      await standStill(2 * LEASE_MS);
      for (const text of ['a', 'b', 'c']) south.says(cat.socket, text);
      await south.settle();
      expect(south.handedOver).toEqual(['a', 'b', 'c']);
      expect(renew).toHaveBeenCalledTimes(1);
    });

    it('goes on when the ledger is away: only its word can say that others took over', async () => {
      jest.spyOn(cluster.ledger, 'renew').mockRejectedValue(new LedgerUnavailable('down'));
      clock.standStill(2 * LEASE_MS);
      south.says(cat.socket, 'a');
      await south.settle();
      expect(south.handedOver).toEqual(['a']);
      expect(cat.socket.closeFrame).toBeNull();
    });
  });
});
