import { MemoryConnectionIds, MemorySessionLedger } from '@sendback/domain/gateway/testing';
import { type Client, RandomIds, RealGateway, until } from './testing/real-gateway';

jest.setTimeout(120_000);

const OK = { errNo: 0, errMsg: 'ok' };

describe('two gateways on one ledger', () => {
  const ids = new RandomIds();
  let ledger: MemorySessionLedger;
  let connectionIds: MemoryConnectionIds;
  let east: RealGateway;
  let west: RealGateway;
  let ann: Client;
  let bob: Client;

  const node = (id: string): RealGateway =>
    new RealGateway({
      node: { id, ledger, connectionIds },
      api: { id: 'api-0123456789abcdef0123456789abcdef' },
      limits: { outboxBytes: 1024 * 1024 },
    });

  beforeEach(async () => {
    ledger = new MemorySessionLedger();
    connectionIds = new MemoryConnectionIds(ids, 1);
    east = await node('east').start();
    west = await node('west').start();
    [ann, bob] = [await east.connect(), await west.connect()];
  });
  afterEach(async () => {
    await east.stop();
    await west.stop();
  });

  const text = (g: RealGateway, id: string, data: string, init: RequestInit = {}) =>
    g.push({ action: 'data send', secConnectionID: id, dataType: 'text', data }, init);
  const batch = (g: RealGateway, ids: readonly string[], more: object) =>
    g.push({ action: 'data send', secConnectionIDs: ids, ...more });
  const tagOf = async (g: RealGateway): Promise<string> =>
    (await ledger.nodes()).find(({ address }) => address.endsWith(`:${g.pushPort}`))?.tag ?? '';

  it('are reached by pushes to one connection through either address', async () => {
    for (const g of [east, west]) {
      for (const { id } of [ann, bob]) {
        expect(await text(g, id, 'grüße "\u0001"')).toEqual({ status: 200, body: OK });
        const binary = { action: 'data send', secConnectionID: id, dataType: 'binary', data: '/wA=' };
        expect(await g.push(binary)).toEqual({ status: 200, body: OK });
      }
    }
    await until(() => ann.received.length === 4 && bob.received.length === 4);
    for (const { received } of [ann, bob])
      expect(received).toEqual(['grüße "\u0001"', '/wA=', 'grüße "\u0001"', '/wA=']);
  });

  it('bring what follows after what came before it, whichever of them is asked', async () => {
    const all = Array.from({ length: 300 }, (_, n) => String(n));
    for (const [n, data] of all.entries()) await text(n % 2 ? east : west, bob.id, data);
    await until(() => bob.received.length === all.length);
    expect(bob.received).toEqual(all);
  });

  it('are reached by pushes to many connections, split by their owners, and by each message once', async () => {
    const [eastern, western] = [await tagOf(east), await tagOf(west)];
    const dead = Array.from({ length: 9_998 }, (_, n) => connectionIds.create(n % 2 ? eastern : western));
    const messages = [
      { id: '1', dataType: 'text', data: 'a' },
      { id: '2', dataType: 'text', data: 'b' },
    ];
    for (const g of [east, west, east]) {
      const { status, body } = await batch(g, [ann.id, ...dead, bob.id], { messages });
      expect([status, body.slow]).toEqual([200, []]);
      expect([...(body.gone ?? [])].sort()).toEqual([...dead].sort());
    }
    await text(east, bob.id, 'end');
    await text(west, ann.id, 'end');
    await until(() => ann.received.length >= 3 && bob.received.length >= 3);
    for (const { received } of [ann, bob]) expect(received).toEqual(['a', 'b', 'end']);
  });

  it('close the connections of each other', async () => {
    const closing = { action: 'closing', secConnectionIDs: [ann.id, bob.id] };
    expect((await east.push(closing)).body).toEqual({ ...OK, gone: [], slow: [] });
    expect([(await ann.closed()).code, (await bob.closed()).code]).toEqual([1000, 1000]);
    expect((await text(east, bob.id, 'late')).status).toBe(410);
  });

  it('tell of a slow client of each other, which is closed', async () => {
    bob.ws.pause();
    const data = 'x'.repeat(200_000);
    let answer = await text(east, bob.id, data);
    while (answer.status === 200) answer = await text(east, bob.id, data);
    expect(answer).toEqual({ status: 503, body: { errNo: 202, errMsg: 'connection slow' } });
    bob.ws.resume();
    expect((await bob.closed()).code).toBe(4001);
  });

  it('say that a node does not answer until it is known to be dead, then gone', async () => {
    await west.pushListener.close();
    const unanswered = { status: 502, body: { errNo: 303, errMsg: 'a gateway node does not answer' } };
    expect(await text(east, bob.id, 'x')).toEqual(unanswered);
    const both = await batch(east, [ann.id, bob.id], { dataType: 'text', data: 'y', messageId: '1' });
    expect(both).toEqual(unanswered);
    await ledger.begin('west', 10_000, null);
    expect((await text(east, bob.id, 'x')).status).toBe(410);
    const again = await batch(east, [ann.id, bob.id], { dataType: 'text', data: 'y', messageId: '1' });
    expect(again.body).toEqual({ ...OK, gone: [bob.id], slow: [] });
    await text(east, ann.id, 'end');
    await until(() => ann.received.length >= 2);
    expect(ann.received).toEqual(['y', 'end']);
  });

  it('call the connections of one that was stopped gone', async () => {
    await west.stop();
    expect((await text(east, bob.id, 'x')).status).toBe(410);
    expect((await text(east, ann.id, 'x')).status).toBe(200);
  });

  it('take no push on that was meant for another, and hand on none that was handed to them', async () => {
    const headers = { 'x-sendback-node': await tagOf(west) };
    expect((await text(west, bob.id, 'x', { headers })).status).toBe(200);
    expect((await text(west, ann.id, 'x', { headers })).status).toBe(410);
    expect((await text(east, ann.id, 'x', { headers })).status).toBe(502);
    for (const strange of ['', 'x', 'a'.repeat(5_000), '0'.repeat(12), '__proto__']) {
      const answer = await text(east, ann.id, 'x', { headers: { 'x-sendback-node': strange } });
      expect(answer.body.errNo).toBe(303);
    }
    const stranger = { ...headers, 'x-sendback-node': await tagOf(east) };
    expect((await east.post('{}', { headers: stranger }, '/api-x')).status).toBe(404);
    await text(east, ann.id, 'end');
    await until(() => ann.received.length > 0);
    expect(ann.received).toEqual(['end']);
  });

  it('call an id gone in which any digit was changed, and do not stumble over any', async () => {
    for (let at = 0; at < bob.id.length; at += 3) {
      const digit = (parseInt(bob.id.charAt(at), 16) ^ 9).toString(16);
      const changed = `${bob.id.slice(0, at)}${digit}${bob.id.slice(at + 1)}`;
      expect((await text(east, changed, 'x')).status).toBe(410);
    }
    const strange = ['é', 'z', '0', '~'].map((char) => char.repeat(44)).slice(1);
    for (const id of [...strange, bob.id.toUpperCase(), bob.id.slice(1), `${bob.id}0`])
      expect((await text(east, id, 'x')).status).toBe(410);
  });

  it('say nothing of each other to those who ask what they can do', async () => {
    const response = await fetch(`http://127.0.0.1:${east.pushPort}/${east.api.id}`);
    expect(Object.keys((await response.json()) as object).sort()).toEqual([
      'batch',
      'except',
      'maxBytes',
      'maxConnections',
      'maxMessages',
    ]);
  });
});
