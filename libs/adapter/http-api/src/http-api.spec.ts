import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ApiBench, TOKEN } from './testing/api-bench';

describe('the HTTP API', () => {
  let bench: ApiBench;
  beforeEach(async () => {
    bench = await ApiBench.start({ tokens: [TOKEN, 'another-token-0123'] });
  });
  afterEach(() => bench.api.close());

  /** Writes bytes, and gives what is answered until the connection ends. */
  const raw = async (bytes: string): Promise<string> => {
    const socket = connect(Number(new URL(bench.origin).port), '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  };

  describe('takes a bearer token', () => {
    const as = async (authorization: string | null, path = '/v1/connections'): Promise<number> => {
      const headers = authorization === null ? {} : { authorization };
      return (await fetch(`${bench.origin}${path}`, { headers })).status;
    };

    it('that is one of several, whatever the case of its scheme', async () => {
      expect(await as(`Bearer ${TOKEN}`)).toBe(200);
      expect(await as('bearer another-token-0123')).toBe(200);
    });

    it.each([
      null,
      '',
      'Bearer',
      'Bearer ',
      TOKEN,
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, -1)}`,
      `Bearer ${TOKEN.toUpperCase()}`,
      `Bearer ${TOKEN},another-token-0123`,
      `Bearer ${TOKEN} another-token-0123`,
      `Bearer ${'x'.repeat(10_000)}`,
    ])('and refuses %j', async (authorization) => {
      for (const path of ['/v1/connections', '/v1/broadcasts/x', '/v1/dead-letters']) {
        const headers = authorization === null ? {} : { authorization };
        const response = await fetch(`${bench.origin}${path}`, { headers });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(await response.json()).toEqual({
          code: 'unauthorized',
          message: expect.stringContaining('authorization header'),
        });
      }
      expect(bench.log.entries).toEqual([]);
    });

    it('before it reads the body', async () => {
      const answer = await raw(
        'POST /v1/broadcasts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 6000000\r\n\r\n{',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    });

    it('but shows its document without', async () => {
      expect(await as(null, '/v1/openapi.json')).toBe(200);
    });
  });

  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/v1/nothing'],
    ['POST', '/v1/dead-letters/1/requeue/2'],
    ['GET', '/v1/broadcasts/a/b'],
    ['GET', '/V1/connections'],
  ])('answers %s %s with 404', async (method, path) => {
    const { status, json } = await bench.ask(method, path, method === 'POST' ? 'not JSON' : undefined);
    expect(status).toBe(404);
    expect(json).toEqual({ code: 'not_found', message: expect.any(String) });
  });

  it.each([
    ['GET', '/v1/broadcasts', 'POST'],
    ['DELETE', '/v1/broadcasts/x', 'GET, HEAD'],
    ['POST', '/v1/connections', 'GET, HEAD'],
    ['PUT', '/v1/connections/x', 'GET, HEAD, DELETE'],
    ['OPTIONS', '/v1/dead-letters/x/requeue', 'POST'],
    ['POST', '/v1/openapi.json', 'GET, HEAD'],
  ])('answers %s %s with 405', async (method, path, allow) => {
    const { status, json, headers } = await bench.ask(method, path);
    expect([status, json]).toEqual([
      405,
      { code: 'method_not_allowed', message: `the methods of this path are ${allow}` },
    ]);
    expect(headers.get('allow')).toBe(allow);
  });

  it('answers HEAD as GET, without the body', async () => {
    const { status, text } = await bench.ask('HEAD', '/v1/connections');
    expect([status, text]).toEqual([200, '']);
  });

  it.each([
    '/v1/connections/',
    '/v1/connections/%zz',
    '/v1/connections/%ED%A0%80',
    `/v1/connections/${'a'.repeat(201)}`,
    `/v1/connections/${'a'.repeat(5_000)}`,
    '/v1/broadcasts/x?y=1',
  ])('answers the path %s with 400', async (path) => {
    const { status, json } = await bench.ask('GET', path);
    expect(status).toBe(400);
    expect(json).toEqual({ code: 'bad_request', message: expect.any(String) });
  });

  it.each([
    ['nonsense', 400, 'bad_request'],
    [`GET /v1 HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}`, 431, 'headers_too_large'],
    [
      'GET /v1/connections HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked',
      400,
      'bad_request',
    ],
  ])('answers malformed HTTP in its own form (%#)', async (head, status, code) => {
    const answer = await raw(`${head}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({ code, message: expect.any(String) });
  });

  it('does not show a bug to its client', async () => {
    jest.spyOn(bench.connections, 'page').mockRejectedValue(new TypeError('secret'));
    const { status, json } = await bench.ask('GET', '/v1/connections?room=private');
    expect([status, json]).toEqual([500, { code: 'internal', message: 'a bug: the log says more' }]);
    expect(bench.log.entries).toMatchObject([
      { level: 'error', fields: { method: 'GET', path: '/v1/connections', error: { message: 'secret' } } },
    ]);
    expect(JSON.stringify(bench.log.entries)).not.toContain(TOKEN);
  });

  it('has room for routes of the app, which need no token', async () => {
    const other = await ApiBench.start({
      routes: (app) => void app.get('/healthz', async () => ({ ok: true })),
    });
    const response = await fetch(`${other.origin}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
    await other.api.close();
  });

  it('answers what is under way when it is closed', async () => {
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    let release = (): void => undefined;
    jest.spyOn(bench.connections, 'page').mockImplementation(async () => {
      arrived();
      await new Promise<void>((resolve) => (release = resolve));
      return [];
    });
    const answer = bench.ask('GET', '/v1/connections');
    await arrival;
    const closed = bench.api.close();
    release();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(fetch(bench.origin)).rejects.toThrow();
  });
});
