import { CloseCode } from './close-code';
import { FunctionFailed } from './function-invoker.port';
import { GatewayHarness } from './testing/gateway-harness';
import { LedgerUnavailable } from './session-ledger.port';
import type { Traffic } from './traffic';

describe('the traffic of an API', () => {
  let g: GatewayHarness;
  let traffic: Traffic;

  beforeEach(async () => {
    g = new GatewayHarness({ limits: { maxConnections: 3, outboxBytes: 100 } });
    traffic = g.live.traffic;
    await g.started();
  });

  it('tells what became of clients that wanted to connect', async () => {
    await g.connect();
    g.onRegister = () => ({ errNo: 203, errMsg: 'no' });
    await g.admit();
    g.onRegister = () => Promise.reject(new Error('bug'));
    await expect(g.admit()).rejects.toThrow();
    await g.settle();
    g.onRegister = () => ({ errNo: 0 });
    await g.connect();
    await g.connect();
    await g.admit();
    await g.gateway.drain({ windowMs: 0, graceMs: 0 });
    await g.admit();
    expect(traffic.connects).toEqual({
      admitted: 3,
      refused: 1,
      failed: 1,
      full: 1,
      unavailable: 1,
      forbidden: 0,
      unauthorized: 0,
    });
  });

  it('tells with which codes open connections ended, each once', async () => {
    const [ann, bob] = [await g.connect(), await g.connect()];
    ann.socket.closes(1001, 'bye');
    bob.session.close(CloseCode.idle, 'idle');
    bob.socket.closes(1000, '');
    await g.settle();
    await g.connect();
    await g.gateway.drain({ windowMs: 0, graceMs: 0 });
    await g.settle();
    expect([...traffic.closes]).toEqual([
      [1001, 2],
      [CloseCode.idle, 1],
    ]);
  });

  it('knows no end of a client that was not let in', async () => {
    g.onRegister = () => ({ errNo: 203, errMsg: 'no' });
    await g.admit();
    g.onRegister = () => Promise.reject(new Error('bug'));
    await expect(g.admit()).rejects.toThrow();
    expect([...traffic.closes]).toEqual([]);
  });

  it('tells with which code connections end when the lease is lost', async () => {
    await g.connect();
    await g.ledger.begin('node', 10_000, null);
    await g.clock.advance(5_000);
    expect([...traffic.closes]).toEqual([[CloseCode.restarted, 1]]);
  });

  it('counts what clients say, and what they are given', async () => {
    const [ann, bob] = [await g.connect(), await g.connect()];
    g.says(ann.socket, 'one', 3);
    g.says(bob.socket, 'three', 5);
    await g.settle();
    expect(traffic.received).toEqual({ messages: 2, bytes: 8 });
    await g.pushWithIds([ann.id, bob.id, 'gone'], [['1', 'hello']]);
    await g.pushWithIds(
      [ann.id],
      [
        ['1', 'hello'],
        ['2', 'you'],
      ],
    );
    expect(traffic.sent).toEqual({ messages: 3, bytes: 13 });
  });

  it('tells what became of the connections that pushes were for', async () => {
    const [ann, bob] = [await g.connect(), await g.connect()];
    bob.socket.stopsReading();
    await g.pushWithIds([ann.id, bob.id, 'gone'], [['1', 'x'.repeat(100)]]);
    await g.pushWithIds([ann.id, bob.id], [['2', 'y']]);
    expect(traffic.recipients).toEqual({ delivered: 3, gone: 1, slow: 1 });
  });

  it('counts a message once, however often handing it over is tried', async () => {
    const ann = await g.connect();
    let calls = 0;
    g.onTransfer = () => {
      calls++;
      throw new FunctionFailed('not there', true);
    };
    g.says(ann.socket, 'x');
    await g.clock.advance(60_000);
    expect(calls).toBe(4);
    expect(traffic.received.messages).toBe(1);
  });
});

describe('a gateway', () => {
  it('is open from its start until it drains', async () => {
    const g = new GatewayHarness();
    expect(g.gateway.admitClient.isOpen).toBe(false);
    await g.started();
    expect(g.gateway.admitClient.isOpen).toBe(true);
    const drained = g.gateway.drain({ windowMs: 0, graceMs: 0 });
    expect(g.gateway.admitClient.isOpen).toBe(false);
    await drained;
  });

  it('knows how long ago the ledger confirmed its lease', async () => {
    const g = new GatewayHarness();
    expect(g.gateway.leaseAgeMs).toBeNull();
    await g.started();
    await g.clock.advance(2_000);
    expect(g.gateway.leaseAgeMs).toBe(2_000);
    const renew = jest.spyOn(g.ledger, 'renew').mockRejectedValue(new LedgerUnavailable('down'));
    await g.clock.advance(18_000);
    expect(g.gateway.leaseAgeMs).toBe(20_000);
    renew.mockRestore();
    await g.clock.advance(4_000);
    expect(g.gateway.leaseAgeMs).toBeLessThan(4_000);
    await g.gateway.drain({ windowMs: 0, graceMs: 0 });
    expect(g.gateway.leaseAgeMs).toBeNull();
  });
});
