import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { PublicListener } from './public-listener';
import { clientFrame, RealGateway, until, upgradeRequest } from './testing/real-gateway';

jest.setTimeout(120_000);

const TEXT = 1;
const CONTINUATION = 0;
const PONG = 10;
const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `message ${i}`);

let g: RealGateway;

async function started(options: ConstructorParameters<typeof RealGateway>[0] = {}): Promise<RealGateway> {
  g = await new RealGateway(options).start();
  return g;
}

afterEach(() => g.stop());

async function answerTo(request: string | Uint8Array): Promise<{ head: string; body: unknown }> {
  const client = g.raw();
  client.write(request);
  const [head = '', body = ''] = (await client.all()).split('\r\n\r\n');
  return { head, body: JSON.parse(body) };
}

describe('an upgrade', () => {
  beforeEach(() => started());

  it('tells the registration function who comes, as contract §1 says', async () => {
    const client = g.raw();
    const path = '/release/websocket/deeper?name=ann&a=1&a=2&__proto__=x&empty';
    client.write(
      upgradeRequest(path, {
        'X-Two': 'a\r\nX-Two: b',
        'Sec-WebSocket-Protocol': 'chat,binary',
        'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      }),
    );
    await until(() => client.text.includes('101 Switching Protocols'));
    const [event] = g.registrations;
    expect(event?.requestContext).toMatchObject({
      sourceIp: '127.0.0.1',
      path: '/websocket',
      stage: 'release',
    });
    expect(event?.headers).toMatchObject({ host: 'example.com', 'x-two': 'a, b', upgrade: 'websocket' });
    expect(JSON.stringify(event?.queryString)).toBe('{"name":"ann","a":"1,2","__proto__":"x","empty":""}');
    expect(event?.websocket).toEqual({
      action: 'connecting',
      secConnectionID: expect.stringMatching(/^[0-9a-f]{44}$/) as string,
      secWebSocketProtocol: 'chat,binary',
      secWebSocketExtensions: 'permessage-deflate; client_max_window_bits',
    });
    expect(client.text).not.toContain('Sec-WebSocket-Extensions');
  });

  it('leaves out what the client did not send', async () => {
    const client = await g.rawUpgraded();
    expect(Object.keys(g.registrations[0]?.websocket ?? {})).toEqual(['action', 'secConnectionID']);
    expect(client.text).not.toContain('Sec-WebSocket-Protocol');
  });

  it.each([
    ['chat', ['binary', 'chat'], 'chat'],
    ['soap,binary', ['chat', 'binary'], 'binary'],
  ])('answers with the sub-protocol of the function: %s', async (named, offered, chosen) => {
    g.onRegister = () => ({ errNo: 0, websocket: { secWebSocketProtocol: named } });
    expect((await g.connect(offered)).ws.protocol).toBe(chosen);
  });

  it.each([
    ['the function names none', ''],
    ['the function names another', 'soap'],
  ])('answers with no sub-protocol when %s', async (_, secWebSocketProtocol) => {
    g.onRegister = () => ({ errNo: 0, websocket: { secWebSocketProtocol } });
    const client = g.raw();
    client.write(upgradeRequest(undefined, { 'Sec-WebSocket-Protocol': 'chat' }));
    await until(() => client.text.includes('101 Switching Protocols\r\n'));
    expect(client.text).not.toMatch(/protocol:/i);
  });

  it.each([
    ['another path', upgradeRequest('/release/other'), 404, 404],
    ['no path at all', upgradeRequest('//'), 404, 404],
    ['another stage', upgradeRequest('/test/websocket'), 404, 404],
    ['no key', upgradeRequest(undefined, { 'Sec-WebSocket-Key': null }), 403, 403],
    ['no version', upgradeRequest(undefined, { 'Sec-WebSocket-Version': null }), 403, 403],
    ['a bad key', upgradeRequest(undefined, { 'Sec-WebSocket-Key': 'short' }), 400, 400],
    ['an old version', upgradeRequest(undefined, { 'Sec-WebSocket-Version': '7' }), 426, 426],
    ['another protocol', upgradeRequest(undefined, { Upgrade: 'h2c' }), 426, 426],
    ['another method', upgradeRequest().replace('GET', 'POST'), 426, 426],
    ['no HTTP', 'hello\r\n\r\n', 400, 400],
    ['too large headers', upgradeRequest(undefined, { 'X-Large': 'x'.repeat(20_000) }), 431, 431],
  ])('with %s is refused', async (_, request, status, errNo) => {
    const { head, body } = await answerTo(request);
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/\r\nContent-Length: \d+/);
    expect(head).toMatch(/\r\nConnection: close/);
    expect(body).toEqual({ errNo, errMsg: expect.any(String) as string });
    expect(g.registrations).toEqual([]);
  });

  it('says which upgrade it wants to a plain request', async () => {
    const response = await fetch(`http://127.0.0.1:${g.port}/release/websocket`);
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(await response.json()).toEqual({ errNo: 426, errMsg: 'not a WebSocket upgrade' });
  });

  it('refuses a plain request to anything else', async () => {
    const response = await fetch(`http://127.0.0.1:${g.port}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ errNo: 404, errMsg: 'no API matches' });
  });

  it.each(['/release/websocket', '/nothing'])(
    'does not read the body of a plain request to %s',
    async (path) => {
      const { head, body } = await answerTo(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n` +
          'Content-Length: 20000000\r\n\r\n{',
      );
      const status = path === '/nothing' ? 404 : 426;
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(body).toMatchObject({ errNo: status });
    },
  );

  it.each([
    ['it refuses', () => ({ errNo: 7, errMsg: 'banned' }), 403, { errNo: 7, errMsg: 'banned' }],
    ['it says false', () => false, 403, { errNo: 203, errMsg: 'refused' }],
    ['it answers garbage', () => 'x', 502, { errNo: 502, errMsg: 'the registration function failed' }],
    ['it throws', () => Promise.reject(new Error('x')), 502, { errNo: 502 }],
  ])('is refused when the registration function was asked and %s', async (_, onRegister, status, answer) => {
    g.onRegister = onRegister;
    const { head, body } = await answerTo(upgradeRequest());
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(body).toMatchObject(answer);
  });

  it('is refused when the registration function was asked and hangs', async () => {
    await g.stop();
    await started({ functionTimeoutMs: 500 });
    g.onRegister = () => new Promise(() => undefined);
    const { head, body } = await answerTo(upgradeRequest());
    expect(head).toMatch(/^HTTP\/1.1 504 /);
    expect(body).toMatchObject({ errNo: 504 });
  });

  it('calls cleanup for a client that went away while the function ran', async () => {
    let answer: (value: object) => void = () => undefined;
    g.onRegister = () => new Promise((resolve) => (answer = resolve));
    const client = g.raw();
    client.write(upgradeRequest());
    await until(() => g.registrations.length === 1);
    client.socket.destroy();
    await until(() => client.closed);
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer({ errNo: 0 });
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('1006');
  });

  it('keeps what the client said too early until it is admitted', async () => {
    let answer: (value: object) => void = () => undefined;
    g.onRegister = () => new Promise((resolve) => (answer = resolve));
    const client = g.raw();
    client.write(Buffer.concat([Buffer.from(upgradeRequest()), clientFrame(TEXT, 'one')]));
    await until(() => g.registrations.length === 1);
    client.write(clientFrame(TEXT, 'two'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer({ errNo: 0 });
    await until(() => g.handedOver.length === 2);
    expect(g.handedOver).toEqual(['one', 'two']);
  });

  it('takes in no more than a little before the client is admitted', async () => {
    g.onRegister = () => new Promise(() => undefined);
    const client = g.raw();
    client.write(upgradeRequest());
    await until(() => g.registrations.length === 1);
    client.write(Buffer.alloc(64 * 1024 * 1024));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(client.socket.writableLength).toBeGreaterThan(32 * 1024 * 1024);
  });
});

describe('a public listener', () => {
  it('cuts off who never finishes its request, and answers it', async () => {
    await started({ listener: { headersTimeoutMs: 200 } });
    const silent = g.raw();
    const halfway = g.raw();
    halfway.write('GET /release/websocket HTTP/1.1\r\nHost: exa');
    expect(await halfway.all()).toContain('HTTP/1.1 408 ');
    await silent.all();
  });

  it('serves routes of the app beside the APIs', async () => {
    await started({ listener: { routes: (app) => void app.get('/', () => ({ hello: 'world' })) } });
    const response = await fetch(`http://127.0.0.1:${g.port}/`);
    expect(await response.json()).toEqual({ hello: 'world' });
    await g.connect();
  });

  it('refuses when there are too many connections', async () => {
    await started({ limits: { maxConnections: 1 } });
    await g.connect();
    expect((await answerTo(upgradeRequest())).head).toMatch(/^HTTP\/1.1 429 /);
  });

  it('has room to refuse 500 at a time beside those it lets in; who comes then is cut off', async () => {
    const ask = async (): Promise<string> => {
      const client = g.raw();
      client.write(upgradeRequest());
      return client.all();
    };
    await started({ limits: { maxConnections: 1 }, listener: { headersTimeoutMs: 60_000 } });
    await g.connect();
    const silent = Array.from({ length: 499 }, () => g.raw());
    await Promise.all(silent.map(({ socket }) => once(socket, 'connect')));
    expect(await ask()).toContain('HTTP/1.1 429 ');
    const last = g.raw();
    await once(last.socket, 'connect');
    const beyond = g.raw();
    expect(await beyond.all()).toBe('');
    last.socket.destroy();
    // The server learns of it in its own time.
    let answer = '';
    while (answer === '') answer = await ask();
    expect(answer).toContain('HTTP/1.1 429 ');
  });

  it('keeps a connection on which nothing is asked for some seconds', async () => {
    await started();
    const client = g.raw();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.all()).toMatch(/HTTP\/1.1 404 .*\r\nkeep-alive: timeout=5\r\n/is);
  });

  it('refuses while the gateway stops', async () => {
    await started();
    await g.gateway.drain({ windowMs: 0, graceMs: 0 });
    const { head, body } = await answerTo(upgradeRequest());
    expect(head).toMatch(/^HTTP\/1.1 503 /);
    expect(body).toMatchObject({ errNo: 503 });
  });

  it('does not start on a port that is taken', async () => {
    await started();
    const { gateway, log, port } = g;
    const second = new PublicListener({ gateway, log, host: '127.0.0.1', port });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });

  it('gives the address of an IPv4 client on a dual-stack listener as IPv4', async () => {
    await started({ listener: { host: '::' } });
    await g.rawUpgraded();
    expect(g.registrations[0]?.requestContext.sourceIp).toBe('127.0.0.1');
  });

  it('listens on every address of localhost', async () => {
    await started({ listener: { host: 'localhost' } });
    await g.rawUpgraded();
  });
});

describe('a connected client', () => {
  it('says what reaches the transfer function, text and binary', async () => {
    await started();
    const { ws, id } = await g.connect();
    ws.send('grüße');
    ws.send(Buffer.from([255, 0]));
    ws.send('');
    await until(() => g.transfers.length === 3);
    expect(g.transfers.map(({ websocket }) => websocket)).toEqual([
      { action: 'data send', secConnectionID: id, dataType: 'text', data: 'grüße' },
      { action: 'data send', secConnectionID: id, dataType: 'binary', data: '/wA=' },
      { action: 'data send', secConnectionID: id, dataType: 'text', data: '' },
    ]);
  });

  it('may say it in fragments, with other frames between them', async () => {
    await started();
    const client = await g.rawUpgraded();
    client.write(
      Buffer.concat([
        clientFrame(TEXT, 'one ', { fin: false }),
        clientFrame(PONG, ''),
        clientFrame(CONTINUATION, 'mess', { fin: false }),
        clientFrame(CONTINUATION, 'age'),
      ]),
    );
    await until(() => g.handedOver.length === 1);
    expect(g.handedOver).toEqual(['one message']);
  });

  it.each([
    [
      'too large a message',
      Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 16, 0, 1]), Buffer.alloc(4)]),
      1009,
    ],
    ['text that is not UTF-8', clientFrame(TEXT, Buffer.from([0xc3, 0x28])), 1007],
    ['a compressed frame', clientFrame(TEXT, 'x', { rsv1: true }), 1002],
    ['an unmasked frame', Buffer.from([0x81, 1, 0x78]), 1002],
    ['an unknown opcode', clientFrame(3, 'x'), 1002],
    ['a continuation of nothing', clientFrame(CONTINUATION, 'x'), 1002],
  ])('that sends %s is closed with the code that says so', async (_, bytes, code) => {
    await started();
    const client = await g.rawUpgraded();
    client.write(bytes);
    await until(() => client.bytes.includes(Buffer.from([0x88, 2, code >> 8, code & 255])));
    client.socket.end();
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: String(code) });
    expect(g.transfers).toEqual([]);
  });

  it('sends a message of exactly the limit', async () => {
    await started({ listener: { maxMessageBytes: 1_000 } });
    const { ws } = await g.connect();
    ws.send('x'.repeat(1_000));
    await until(() => g.transfers.length === 1);
  });

  it('may take longer than heartbeats for one message, in the midst of which it answers no ping', async () => {
    const clock = new ManualClock();
    const accepted: Socket[] = [];
    const accept = (app: FastifyInstance): unknown =>
      app.server.on('connection', (socket) => accepted.push(socket));
    await started({ clock, limits: { heartbeatMs: 1_000 }, listener: { routes: accept } });
    const client = await g.rawUpgraded();
    const [socket] = accepted;
    for (const byte of clientFrame(TEXT, 'x'.repeat(100))) {
      const before = socket?.bytesRead ?? 0;
      client.write(Buffer.of(byte));
      await until(() => client.closed || (socket?.bytesRead ?? 0) > before);
      await clock.advance(1_000);
    }
    await until(() => g.transfers.length + g.cleanups.length > 0);
    expect(g.handedOver).toEqual(['x'.repeat(100)]);
  });

  it('that ends without a close handshake is cleaned up after with 1006', async () => {
    await started();
    const client = await g.rawUpgraded();
    client.socket.end();
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: '1006', closeReason: '' });
  });

  it.each([
    [
      'with its code and reason',
      (close: (code?: number, reason?: string) => void) => close(4321, 'bye'),
      '4321',
      'bye',
    ],
    ['with none', (close: (code?: number, reason?: string) => void) => close(), '1005', ''],
  ])('that closes %s is cleaned up after with them', async (_, end, closeCode, closeReason) => {
    await started();
    const { ws } = await g.connect();
    end((code?: number, reason?: string) => ws.close(code, reason));
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode, closeReason });
  });

  it('that does not answer a close is cut off', async () => {
    await started();
    const client = await g.rawUpgraded();
    await g.push({ action: 'closing', secConnectionID: g.lastConnectionId });
    await until(() => client.closed);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('1000');
  });

  it('is not read while the transfer function has enough to do, and nothing is lost', async () => {
    await started();
    let running: (() => void)[] = [];
    g.onTransfer = () => new Promise<void>((resolve) => void running.push(resolve));
    const { ws } = await g.connect();
    const message = 'x'.repeat(100_000);
    for (let i = 0; i < 200; i++) ws.send(message);
    await until(() => running.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(ws.bufferedAmount).toBeGreaterThan(5_000_000);
    g.onTransfer = () => null;
    for (const done of running) done();
    running = [];
    await until(() => g.transfers.length === 200);
    expect(g.handedOver.every((data) => data === message)).toBe(true);
  });
});

describe('many clients', () => {
  it('one that says 1,000 things has them handed over in order', async () => {
    await started();
    g.onTransfer = async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
    };
    const { ws } = await g.connect();
    for (const text of texts(1_000)) ws.send(text);
    await until(() => g.transfers.length === 1_000);
    expect(g.handedOver).toEqual(texts(1_000));
  });

  it('a hundred at once each have theirs in order', async () => {
    await started();
    g.onTransfer = async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    };
    const clients = await Promise.all(texts(100).map(() => g.connect()));
    for (const text of texts(20)) for (const { ws } of clients) ws.send(text);
    await until(() => g.transfers.length === 2_000);
    const said = new Map<string, string[]>();
    for (const { websocket } of g.transfers) {
      const list = said.get(websocket.secConnectionID) ?? [];
      said.set(websocket.secConnectionID, [...list, websocket.data]);
    }
    expect([...said.values()]).toEqual(texts(100).map(() => texts(20)));
  });
});

describe('time', () => {
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock();
    await started({ clock });
  });

  it('closes a client that says nothing for the backend timeout', async () => {
    const client = await g.connect();
    for (let i = 0; i < 60; i++) {
      await clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await client.closed()).code).toBe(4000);
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: '4000', closeReason: 'idle' });
  });

  it('cuts off a peer that does not answer pings', async () => {
    const client = await g.rawUpgraded();
    await clock.advance(61_000);
    await until(() => client.closed);
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: '1006', closeReason: 'no answer to ping' });
  });
});

it('stopping closes every client with 1001 and waits for the functions', async () => {
  await started();
  const clients = await Promise.all(texts(20).map(() => g.connect()));
  g.onTransfer = () => new Promise((resolve) => setTimeout(() => resolve(null), 50));
  for (const { ws } of clients) ws.send('last');
  await until(() => g.transfers.length === 20);
  await g.gateway.drain({ windowMs: 0, graceMs: 10_000 });
  expect(g.cleanups).toHaveLength(20);
  for (const client of clients) expect((await client.closed()).code).toBe(1001);
});

it('stopping ends connections that are neither HTTP nor WebSocket yet', async () => {
  await started();
  const socket = connect(g.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  await g.stop();
  await closed;
  await started();
});
