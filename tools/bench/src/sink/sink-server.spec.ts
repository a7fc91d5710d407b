import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sinkServer } from './sink-server';
import type { SinkReport } from './sink-state';

describe('a sink', () => {
  let server: Server;
  let origin: string;

  beforeEach(async () => {
    server = sinkServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const post = async (path: string, body: unknown = ''): Promise<unknown> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return (await fetch(`${origin}${path}`, { method: 'POST', body: text })).json();
  };
  const begin = (orders: object = {}): Promise<unknown> =>
    post('/sink/begin', { delayMs: 0, sample: '', held: false, ...orders });
  const report = async (): Promise<SinkReport> => (await post('/sink/report')) as SinkReport;
  const push = (ids: readonly string[], texts: readonly string[], address = '/api-1'): Promise<unknown> =>
    post(address, {
      websocket: {
        action: 'data send',
        secConnectionIDs: ids,
        messages: texts.map((data) => ({ id: `id of ${data}`, dataType: 'text', data })),
      },
    });

  it('is an address that takes batches', async () => {
    expect(await (await fetch(`${origin}/api-1`)).json()).toMatchObject({ batch: true, maxMessages: 256 });
  });

  it('counts messages to connections, by message and by address', async () => {
    await begin();
    expect(await push(['a', 'b'], ['0', '1'])).toEqual({ errNo: 0, errMsg: 'ok', gone: [], slow: [] });
    await push(['c'], ['0'], '/api-2');
    await post('/api-2', {
      websocket: { action: 'data send', secConnectionID: 'd', messageId: 'id of 0', data: '0' },
    });
    expect(await report()).toMatchObject({
      pushes: 3,
      deliveries: 6,
      messages: { 'id of 0': { deliveries: 4 }, 'id of 1': { deliveries: 2 } },
      pushesTo: { '/api-1': 1, '/api-2': 2 },
      sampled: 4,
      amiss: 0,
    });
  });

  it.each([
    ['lost', ['0', '2']],
    ['given twice', ['0', '0']],
    ['out of order', ['1', '0']],
  ])('notices in the sample what was %s', async (_, texts) => {
    await begin({ sample: 'a' });
    await push(['b1'], texts);
    expect(await report()).toMatchObject({ sampled: 0, amiss: 0 });
    for (const text of texts) await push(['a1'], [text]);
    const { sampled, amiss } = await report();
    expect([sampled, amiss > 0]).toEqual([1, true]);
  });

  it('answers after its delay, and nothing while it is held', async () => {
    await begin({ delayMs: 20, held: true });
    const began = performance.now();
    let answered = 0;
    const pushes = ['0', '1'].map((text) => push(['a'], [text]).then(() => answered++));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([answered, (await report()).pushes]).toEqual([0, 0]);
    await post('/sink/release');
    await Promise.all(pushes);
    expect(performance.now() - began).toBeGreaterThan(69);
    const { answeredAt, messages } = await report();
    expect(answeredAt).toHaveLength(2);
    // Counted from when the push arrived, which may be late in the time that it was held.
    expect(messages['id of 0']?.ms).toBeGreaterThan(19);
  });

  it('tells when it has answered as many deliveries as it was asked about', async () => {
    await begin();
    let reached = false;
    const reaching = post('/sink/reach', '3').then(() => (reached = true));
    await push(['a', 'b'], ['0']);
    expect(reached).toBe(false);
    await push(['c'], ['0']);
    await reaching;
    await post('/sink/reach', '2');
  });

  it('forgets what it counted when it begins anew', async () => {
    await begin();
    await push(['a'], ['0']);
    await begin();
    expect(await report()).toMatchObject({ pushes: 0, deliveries: 0, sampled: 0, messages: {} });
  });
});
