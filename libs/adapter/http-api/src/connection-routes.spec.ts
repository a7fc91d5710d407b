import { StorageUnavailable } from '@sendback/domain/connection';
import { ApiBench } from './testing/api-bench';

const openedAt = '2026-01-02T03:04:05.678Z';

describe('the connections of the API', () => {
  let bench: ApiBench;
  beforeEach(async () => {
    bench = await ApiBench.start();
  });
  afterEach(() => bench.api.close());

  const get = (query = ''): ReturnType<ApiBench['call']> => bench.call('GET', `/v1/connections${query}`);
  const idsOf = (json: unknown): string[] =>
    (json as { connections: { connectionId: string }[] }).connections.map(({ connectionId }) => connectionId);

  it('are listed without the address that reaches them', async () => {
    await bench.connect('a', 'ann');
    await bench.connect('b');
    const { status, json, text } = await get();
    expect([status, json]).toEqual([
      200,
      {
        connections: [
          { connectionId: 'a', userId: 'ann', openedAt },
          { connectionId: 'b', userId: null, openedAt },
        ],
        next: null,
      },
    ]);
    expect(text).not.toContain('secret');
  });

  it('are listed page by page, each once', async () => {
    for (let n = 0; n < 7; n++) await bench.connect(`c${n} &=?`.replaceAll(' ', '+'));
    const pages: string[][] = [];
    for (let after: string | null = ''; after !== null;) {
      const { json } = await get(`?limit=3&after=${encodeURIComponent(after)}`);
      pages.push(idsOf(json));
      after = (json as { next: string | null }).next;
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(new Set(pages.flat()).size).toBe(7);
  });

  it('end with a full page', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await bench.connect(id);
    expect((await get('?limit=2')).json).toMatchObject({ next: 'b' });
    expect((await get('?limit=2&after=b')).json).toMatchObject({ next: null });
    expect((await get('?after=d')).json).toEqual({ connections: [], next: null });
  });

  it('come by the hundred, or by the thousand when asked', async () => {
    for (let n = 0; n < 1_001; n++) await bench.connect(`c${n}`);
    expect(idsOf((await get()).json)).toHaveLength(100);
    expect(idsOf((await get('?limit=1000')).json)).toHaveLength(1_000);
  });

  it('are filtered by room, by user and by both', async () => {
    await bench.connect('a', 'ann', 'tëa');
    await bench.connect('b', 'ann');
    await bench.connect('c', 'bob', 'tëa');
    expect(idsOf((await get(`?room=${encodeURIComponent('tëa')}`)).json)).toEqual(['a', 'c']);
    expect(idsOf((await get('?userId=ann')).json)).toEqual(['a', 'b']);
    expect(idsOf((await get(`?userId=ann&room=${encodeURIComponent('tëa')}`)).json)).toEqual(['a']);
    expect(idsOf((await get('?room=tea')).json)).toEqual([]);
    expect(idsOf((await get('?room=a%00b')).json)).toEqual([]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e999', 'limit'],
    ['limit=x', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    [`after=${'a'.repeat(1_001)}`, 'after'],
    ['after=a&after=b', 'after'],
    ['room=', 'room'],
    [`room=${'a'.repeat(129)}`, 'room'],
    ['room=a&room=b', 'room'],
    ['userId=%20a', 'userId'],
    ['offset=1', '"offset"'],
    ['__proto__=1', '"__proto__"'],
    ['constructor=1', '"constructor"'],
    ['room[x]=1', '"room[x]"'],
  ])('are not listed by %s', async (query, named) => {
    const { status, json } = await get(`?${query}`);
    expect(status).toBe(400);
    expect((json as { message: string }).message).toContain(named);
  });

  it('are shown with their rooms', async () => {
    await bench.connect('a/b', 'ann', 'tea', 'coffee');
    const { status, json } = await bench.call('GET', '/v1/connections/a%2Fb');
    expect([status, json]).toEqual([
      200,
      { connectionId: 'a/b', userId: 'ann', openedAt, rooms: ['coffee', 'tea'] },
    ]);
    expect((await bench.call('GET', '/v1/connections/b')).status).toBe(404);
  });

  it('have a time though the table holds none', async () => {
    await bench.connections.add({ connectionId: 'a', pushAddress: null, userId: null, openedAt: 1e300 });
    expect((await bench.call('GET', '/v1/connections/a')).json).toMatchObject({
      openedAt: '1970-01-01T00:00:00.000Z',
    });
  });

  it('are closed over the address that reaches them', async () => {
    await bench.connect('a');
    const disconnect = jest.spyOn(bench.pusher, 'disconnect');
    const { status, text } = await bench.call('DELETE', '/v1/connections/a', '');
    expect([status, text]).toEqual([204, '']);
    expect(disconnect).toHaveBeenCalledWith({ pushAddress: 'http://push/api-secret', connectionIds: ['a'] });
  });

  it('are not found when there is none to close, and no record is left', async () => {
    await bench.connect('a');
    bench.pusher.gone.add('a');
    const notFound = [404, { code: 'not_found', message: 'there is no such connection' }];
    for (const id of ['a', 'a', 'b', '%00', encodeURIComponent('ü'.repeat(100))]) {
      const { status, json } = await bench.call('DELETE', `/v1/connections/${id}`);
      expect([status, json]).toEqual(notFound);
    }
    expect(await bench.connections.count()).toBe(0);
  });

  it('are not closed when their gateway cannot be reached, which is said without its address', async () => {
    await bench.connect('a');
    bench.pusher.failing.set('a', { reason: 'no answer in time (10.0.0.7:8081/api-0123…)', retryable: true });
    const { status, json } = await bench.call('DELETE', '/v1/connections/a');
    const message = 'the gateway of the connection did not do it, or did not say so';
    expect([status, json]).toEqual([502, { code: 'push_failed', message }]);
    expect(await bench.connections.count()).toBe(1);
  });

  it.each([
    ['GET', '/v1/connections', 'page'],
    ['GET', '/v1/connections/a', 'find'],
    ['DELETE', '/v1/connections/a', 'find'],
  ] as const)('are answered with 503 when the database is away: %s %s', async (method, path, call) => {
    jest.spyOn(bench.connections, call).mockRejectedValue(new StorageUnavailable('mysql://secret'));
    const { status, json, headers } = await bench.call(method, path);
    expect([status, json]).toEqual([
      503,
      { code: 'storage_unavailable', message: 'the database is unavailable' },
    ]);
    expect(headers.get('retry-after')).toBe('5');
  });

  it('are never answered in another form than the document says', async () => {
    await bench.connect('a', 5 as unknown as string);
    const { status, json } = await bench.call('GET', '/v1/connections');
    expect([status, json]).toEqual([500, { code: 'internal', message: 'a bug: the log says more' }]);
    expect(bench.log.entries).toMatchObject([{ level: 'error', fields: { path: '/v1/connections' } }]);
  });
});
