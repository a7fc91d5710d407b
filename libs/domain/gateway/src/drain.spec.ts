import { CloseCode } from './close-code';
import { type Connected, GatewayHarness, textsOf } from './testing/gateway-harness';

describe('draining over a window', () => {
  let g: GatewayHarness;
  let clients: Connected[];
  let drained: boolean;

  beforeEach(async () => {
    g = await new GatewayHarness().started();
    clients = [];
    for (let i = 0; i < 100; i++) clients.push(await g.connect());
    drained = false;
  });

  const drain = (windowMs: number, graceMs = 10_000): void => {
    void g.gateway.drain({ windowMs, graceMs }).then(() => (drained = true));
  };
  const told = (): Connected[] => clients.filter(({ socket }) => socket.closeFrame !== null);

  it('tells clients to come back with 1001, evenly, in batches of a twentieth of a second', async () => {
    drain(1_000);
    const counts = [told().length];
    for (let i = 0; i < 20; i++) {
      await g.clock.advance(50);
      counts.push(told().length);
    }
    expect(counts).toEqual([
      5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 100,
    ]);
    expect(new Set(clients.map(({ socket }) => socket.closeFrame?.code))).toEqual(
      new Set([CloseCode.goingAway]),
    );
  });

  it('spreads few clients over the whole of it', async () => {
    for (const { socket } of clients.splice(4)) socket.vanishes();
    drain(60_000);
    const counts = [told().length];
    for (let i = 0; i < 4; i++) {
      await g.clock.advance(15_000);
      counts.push(told().length);
    }
    expect(counts).toEqual([1, 2, 3, 4, 4]);
  });

  it('tells all at once when there is no window', () => {
    drain(0);
    expect(told()).toHaveLength(100);
  });

  it('lets those that were not told yet go on, and be pushed to', async () => {
    drain(10_000);
    await g.clock.advance(5_000);
    expect(told()).toHaveLength(51);
    const rest = clients.filter((client) => !told().includes(client));
    const [ann] = rest;
    if (!ann) throw new Error('nobody is left');
    g.says(ann.socket, 'still here');
    await g.clock.advance(0);
    expect(g.handedOver).toEqual(['still here']);
    expect(await g.push([ann.id], 'hello')).toEqual({ gone: [], slow: [] });
    expect(textsOf(ann.socket)).toEqual(['hello']);
  });

  it('admits nobody meanwhile', async () => {
    drain(10_000);
    await g.clock.advance(5_000);
    expect(await g.admit()).toEqual({ outcome: 'unavailable' });
  });

  it('also closes a client that was being admitted when it began', async () => {
    let answer: (value: unknown) => void = () => undefined;
    g.onRegister = () => new Promise((resolve) => (answer = resolve));
    const admission = g.admit();
    await g.settle();
    drain(2_000);
    answer({ errNo: 0, errMsg: 'ok' });
    const late = g.upgrade(await admission);
    await g.clock.advance(2_000);
    expect(late.socket.closeFrame?.code).toBe(CloseCode.goingAway);
    expect(drained).toBe(true);
    expect(await g.leftInLedger()).toEqual([]);
  });

  it('ends as soon as all have gone and were cleaned up after', async () => {
    drain(60_000);
    await g.clock.advance(1_000);
    expect(drained).toBe(false);
    for (const { socket } of clients) socket.closes(1000, '');
    await g.settle();
    expect(drained).toBe(true);
    expect(g.cleanups).toHaveLength(100);
  });

  it('ends with the last cleanup when everybody stays until told', async () => {
    drain(60_000);
    await g.clock.advance(59_400);
    expect(drained).toBe(true);
    expect(g.cleanups).toHaveLength(100);
    expect(await g.leftInLedger()).toEqual([]);
  });

  it('waits no longer than the grace after the window, and leaves the rest in the ledger', async () => {
    const [stuck] = clients;
    g.onCleanup = ({ websocket }) =>
      websocket.secConnectionID === stuck?.id ? new Promise(() => undefined) : null;
    drain(2_000, 1_000);
    await g.clock.advance(2_999);
    expect(drained).toBe(false);
    await g.clock.advance(1);
    expect(drained).toBe(true);
    expect(await g.leftInLedger()).toEqual([stuck?.id]);
  });

  it('keeps the lease throughout', async () => {
    drain(120_000);
    const renew = jest.spyOn(g.ledger, 'renew');
    await g.clock.advance(100_000);
    expect(renew.mock.calls.length).toBeGreaterThanOrEqual(25);
    expect(g.tenuresLost).toBe(0);
  });

  it('goes by the order of the ids, which is a random one, and mixes the APIs', async () => {
    const api = g.api();
    g = new GatewayHarness({ apis: [api, { ...api, id: 'api-2', stage: 'test' }] });
    await g.started();
    const lives = g.gateway.apis;
    const order: string[] = [];
    for (const id of ['3', '1', '4', '2']) {
      const live = lives[Number(id) % 2];
      jest.spyOn(g.ids, 'hex').mockReturnValueOnce(id.repeat(32));
      const session = live?.connect('10.0.0.1');
      if (session)
        jest.spyOn(session, 'close').mockImplementation(() => void order.push(session.connectionId));
    }
    drain(4_000);
    await g.clock.advance(4_000);
    expect(order).toEqual([...order].sort());
    expect(order).toHaveLength(4);
  });
});
