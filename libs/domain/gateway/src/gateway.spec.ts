import { ManualClock, SequentialIds } from '@sendback/domain/runtime/testing';
import { CloseCode } from './close-code';
import { MemorySessionLedger } from './session-ledger.memory';
import { LedgerUnavailable } from './session-ledger.port';
import { GatewayHarness } from './testing/gateway-harness';

describe('a gateway that died', () => {
  const clock = (): ManualClock => new ManualClock();
  /** Of all lives: what one was called, no other is. */
  const ids = new SequentialIds();

  /** A gateway that stops moving without a word, with three connections. */
  async function dead(ledger: MemorySessionLedger, at: ManualClock, nodeId = 'node'): Promise<string[]> {
    const g = await new GatewayHarness({ ledger, ids, nodeId, clock: new ManualClock(at.now()) }).started();
    const connected = [await g.connect(), await g.connect(), await g.connect()];
    return connected.map(({ id }) => id).sort();
  }

  const cleanedUp = (g: GatewayHarness): string[] =>
    g.cleanups.map(({ websocket }) => websocket.secConnectionID).sort();

  it('has cleanup called for its connections when it starts again', async () => {
    const ledger = new MemorySessionLedger();
    const left = await dead(ledger, clock());
    const g = await new GatewayHarness({ ledger, ids }).started();
    await g.settle();
    expect(cleanedUp(g)).toEqual(left);
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: '1006', closeReason: 'gateway restarted' });
    expect(await g.leftInLedger()).toEqual([]);
  });

  it('has it called with the request id the connection always had, also after a second death', async () => {
    const ledger = new MemorySessionLedger();
    const requestIds = new Set<string>();
    await dead(ledger, clock());
    for (let life = 0; life < 3; life++) {
      const g = new GatewayHarness({ ledger, ids });
      g.onCleanup = ({ requestContext }) => {
        requestIds.add(requestContext.requestId);
        throw new Error('down');
      };
      await g.started();
      await g.settle();
    }
    expect(requestIds.size).toBe(3);
  });

  it('is cleaned up after by another node once its lease ran out, and no sooner', async () => {
    const time = clock();
    const ledger = new MemorySessionLedger(time);
    const left = await dead(ledger, time, 'east');
    const west = await new GatewayHarness({ ledger, ids, clock: time, nodeId: 'west' }).started();
    await time.advance(9_000);
    expect(cleanedUp(west)).toEqual([]);
    await time.advance(5_000);
    expect(cleanedUp(west)).toEqual(left);
  });

  it('has thousands of connections cleaned up, page by page', async () => {
    const ledger = new MemorySessionLedger();
    const old = await new GatewayHarness({ ledger, ids }).started();
    await Promise.all(Array.from({ length: 1_234 }, () => old.connect()));
    const g = await new GatewayHarness({ ledger, ids }).started();
    for (let i = 0; i < 40; i++) await g.settle();
    expect(g.cleanups).toHaveLength(1_234);
    expect(await g.leftInLedger()).toEqual([]);
  });

  it('has connections forgotten whose API is not configured any more', async () => {
    const ledger = new MemorySessionLedger();
    await dead(ledger, clock());
    const g = new GatewayHarness({ ledger, ids, api: { id: 'api-ffff' } });
    await g.started();
    await g.settle();
    expect(g.cleanups).toEqual([]);
    expect(await g.leftInLedger()).toEqual([]);
    expect(JSON.stringify(g.log.entries)).not.toContain('api-0123456789');
    expect(g.log.entries.map(({ message }) => message)).toContain('an orphan belongs to no API any more');
  });

  it('is cleaned up after by one pass at a time', async () => {
    const g = new GatewayHarness();
    const adopt = jest.spyOn(g.ledger, 'adopt').mockReturnValueOnce(new Promise(() => undefined));
    await g.started();
    await g.clock.advance(20_000);
    expect(adopt).toHaveBeenCalledTimes(1);
  });

  it('does not keep the next from starting and admitting when orphans cannot be read', async () => {
    const ledger = new MemorySessionLedger();
    const left = await dead(ledger, clock());
    jest.spyOn(ledger, 'adopt').mockRejectedValueOnce(new LedgerUnavailable('down'));
    const g = await new GatewayHarness({ ledger, ids }).started();
    expect(await g.admit()).toMatchObject({ outcome: 'admitted' });
    await g.clock.advance(4_000);
    expect(cleanedUp(g)).toEqual(left);
  });
});

describe('the lease of a gateway', () => {
  it('is kept as long as it lives', async () => {
    const g = await new GatewayHarness().started();
    const { id } = await g.connect();
    await g.clock.advance(120_000);
    const heir = await g.ledger.begin('heir', 10_000, null);
    expect(await g.ledger.adopt(heir, 10, true)).toEqual([]);
    expect(g.live.sessions.has(id)).toBe(true);
  });

  it('does not start without one', async () => {
    const g = new GatewayHarness();
    jest.spyOn(g.ledger, 'begin').mockRejectedValue(new LedgerUnavailable('down'));
    await expect(g.gateway.start('node', 'http://node')).rejects.toBeInstanceOf(LedgerUnavailable);
  });

  it('is asked for again when the ledger was unavailable, and nobody is cut off', async () => {
    const g = await new GatewayHarness().started();
    const { socket } = await g.connect();
    const renew = jest.spyOn(g.ledger, 'renew').mockRejectedValue(new LedgerUnavailable('down'));
    await g.clock.advance(30_000);
    renew.mockRestore();
    await g.clock.advance(30_000);
    expect(socket.closeFrame).toBeNull();
    expect(g.tenuresLost).toBe(0);
  });

  describe('when another owns its sessions', () => {
    let g: GatewayHarness;

    beforeEach(async () => {
      g = await new GatewayHarness().started();
    });

    const lose = async (): Promise<void> => {
      await g.ledger.begin('node', 10_000, null);
      await g.clock.advance(4_000);
    };

    it('closes its sockets with a code to reconnect, calls no cleanup, and says so once', async () => {
      const { socket } = await g.connect();
      const connecting = await g.admit();
      await lose();
      expect(socket.closeFrame?.code).toBe(CloseCode.restarted);
      expect(g.tenuresLost).toBe(1);
      const late = g.upgrade(connecting);
      await g.clock.advance(60_000);
      expect(g.live.sessions.has(late.id)).toBe(false);
      expect(g.cleanups).toEqual([]);
      expect(g.tenuresLost).toBe(1);
      expect(await g.admit()).toEqual({ outcome: 'unavailable' });
    });

    it('hands nothing more over', async () => {
      const { socket } = await g.connect();
      let answer: () => void = () => undefined;
      g.onTransfer = () => new Promise<void>((resolve) => (answer = resolve));
      await g.clock.advance(3_000);
      g.says(socket, 'a');
      g.says(socket, 'b');
      await g.ledger.begin('node', 10_000, null);
      await g.clock.advance(1_000);
      expect(g.tenuresLost).toBe(1);
      answer();
      await g.settle();
      expect(g.handedOver).toEqual(['a']);
      expect(g.cleanups).toEqual([]);
    });

    it('stops repeating cleanups', async () => {
      g.onCleanup = () => {
        throw new Error('down');
      };
      const { socket } = await g.connect();
      socket.vanishes();
      await lose();
      const before = g.cleanups.length;
      await g.clock.advance(120_000);
      expect(g.cleanups).toHaveLength(before);
    });

    it('calls none of the cleanups that were waiting for their turn', async () => {
      const answers: (() => void)[] = [];
      g.onCleanup = () => new Promise<void>((resolve) => void answers.push(resolve));
      const all = await Promise.all(Array.from({ length: 200 }, () => g.connect()));
      await g.clock.advance(3_000);
      for (const { socket } of all) socket.vanishes();
      await g.ledger.begin('node', 10_000, null);
      await g.clock.advance(1_000);
      for (const answer of answers) answer();
      await g.settle();
      expect(g.cleanups).toHaveLength(64);
    });

    it('turns away a client whose registration was under way, without cleanup', async () => {
      let answer: (value: object) => void = () => undefined;
      g.onRegister = () => new Promise((resolve) => (answer = resolve));
      await g.clock.advance(3_000);
      const admission = g.admit();
      await g.ledger.begin('node', 10_000, null);
      await g.clock.advance(1_000);
      answer({ errNo: 0 });
      expect(await admission).toEqual({ outcome: 'unavailable' });
      expect(g.cleanups).toEqual([]);
    });

    it('drains at once', async () => {
      await g.connect();
      await lose();
      await g.gateway.drain({ windowMs: 0, graceMs: 60_000 });
    });
  });
});

describe('draining', () => {
  let g: GatewayHarness;

  beforeEach(async () => {
    g = await new GatewayHarness().started();
  });

  it('waits for what clients said and for their cleanup, then gives up the lease', async () => {
    const { socket } = await g.connect();
    const wait = (): Promise<void> => new Promise((resolve) => void g.clock.after(1_000, resolve));
    g.onTransfer = wait;
    g.onCleanup = wait;
    g.says(socket, 'a');
    g.says(socket, 'b');
    let drained = false;
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 10_000 }).then(() => (drained = true));
    await g.clock.advance(2_999);
    expect(drained).toBe(false);
    expect(g.handedOver).toEqual(['a', 'b']);
    await g.clock.advance(1);
    await draining;
    expect(g.cleanups).toHaveLength(1);
    expect(socket.closeFrame?.code).toBe(CloseCode.goingAway);
    expect(await g.leftInLedger()).toEqual([]);
  });

  it('admits nobody any more', async () => {
    await g.gateway.drain({ windowMs: 0, graceMs: 1_000 });
    expect(await g.admit()).toEqual({ outcome: 'unavailable' });
  });

  it('closes a client that was connecting right after its upgrade, and cleans up after it', async () => {
    const admission = await g.admit();
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 1_000 });
    const { socket } = g.upgrade(admission);
    expect(socket.closeFrame?.code).toBe(CloseCode.goingAway);
    await draining;
    expect(g.cleanups).toHaveLength(1);
  });

  it('stops after the grace period, and leaves the rest to the next start', async () => {
    g.onCleanup = () => new Promise(() => undefined);
    const { id, socket } = await g.connect();
    const stuck = await g.connect();
    stuck.socket.responsive = false;
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 2_000 });
    await g.clock.advance(2_000);
    await draining;
    expect(stuck.session.hasEnded).toBe(true);
    socket.vanishes();
    const next = await new GatewayHarness({ ledger: g.ledger, clock: g.clock, ids: g.ids }).started();
    await g.settle();
    expect(next.cleanups.map(({ websocket }) => websocket.secConnectionID).sort()).toEqual(
      [id, stuck.id].sort(),
    );
  });

  it('gives up the lease, so that another node need not wait for its end', async () => {
    g.onCleanup = () => new Promise(() => undefined);
    const { id, socket } = await g.connect();
    socket.vanishes();
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 100 });
    await g.clock.advance(100);
    await draining;
    const { ledger, clock, ids } = g;
    const other = await new GatewayHarness({ ledger, clock, ids, nodeId: 'other' }).started();
    await g.settle();
    expect(other.cleanups.map(({ websocket }) => websocket.secConnectionID)).toEqual([id]);
  });

  it('waits for nothing any more when the lease is lost meanwhile', async () => {
    g.onCleanup = () => new Promise(() => undefined);
    (await g.connect()).socket.vanishes();
    let drained = false;
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 60_000 }).then(() => (drained = true));
    jest.spyOn(g.ledger, 'renew').mockResolvedValue(false);
    await g.clock.advance(4_000);
    expect([g.tenuresLost, drained]).toEqual([1, true]);
    await draining;
  });

  it('does not take the lease that it gave up for lost', async () => {
    let answer = (_kept: boolean): void => undefined;
    jest.spyOn(g.ledger, 'renew').mockReturnValue(new Promise((resolve) => (answer = resolve)));
    await g.clock.advance(4_000);
    await g.gateway.drain({ windowMs: 0, graceMs: 0 });
    answer(false);
    await g.settle();
    expect(g.tenuresLost).toBe(0);
  });

  it('says nothing of a cleanup that it leaves to the next start', async () => {
    let fail = (): void => undefined;
    g.onCleanup = () => new Promise((_, reject) => (fail = () => reject(new Error('closed'))));
    (await g.connect()).socket.vanishes();
    await g.settle();
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 100 });
    await g.clock.advance(100);
    await draining;
    fail();
    await g.settle();
    expect(g.log.entries).toEqual([]);
  });

  it('leaves nothing scheduled', async () => {
    g.onCleanup = () => {
      throw new Error('down');
    };
    const { socket } = await g.connect();
    socket.vanishes();
    await g.settle();
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 100 });
    await g.clock.advance(100);
    await draining;
    const after = g.cleanups.length;
    await g.clock.advance(3_600_000);
    expect(g.cleanups).toHaveLength(after);
  });

  it('takes on no orphans of others any more', async () => {
    const { socket } = await g.connect();
    socket.responsive = false;
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 60_000 });
    const adopt = jest.spyOn(g.ledger, 'adopt');
    await g.clock.advance(30_000);
    expect(adopt).not.toHaveBeenCalled();
    socket.vanishes();
    await draining;
  });

  it('keeps the lease while it waits', async () => {
    const { socket } = await g.connect();
    socket.responsive = false;
    const draining = g.gateway.drain({ windowMs: 0, graceMs: 60_000 });
    await g.clock.advance(30_000);
    const heir = await g.ledger.begin('heir', 10_000, null);
    expect(await g.ledger.adopt(heir, 10, true)).toEqual([]);
    socket.vanishes();
    await draining;
  });
});
