import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AppProcess, type Standalone, startStandalone } from './support/app-process';
import { Client } from './support/client';
import { connectionIds, eventually } from './support/database';
import { push } from './support/push';
import { temporaryFolder } from './support/temporary-folder';

describe('standalone', () => {
  const folder = temporaryFolder();
  const database = (): string => join(folder(), 'sendback.db');
  let system: Standalone;

  beforeEach(async () => {
    system = await startStandalone(folder());
  });
  afterEach(() => system.app.stop());

  const connect = async (count: number): Promise<Client[]> =>
    Promise.all(Array.from({ length: count }, () => Client.connect(system.websocket)));
  const three = async (): Promise<[Client, Client, Client]> => (await connect(3)) as [Client, Client, Client];

  it('brings a frame from one client to every other as it was sent', async () => {
    const [a, b, c] = await three();
    a.say('héllo 👋');
    a.say(Buffer.from([0, 1, 255]));
    for (const other of [b, c]) {
      await other.hears('binary 0001ff');
      expect(other.received.slice(-2)).toEqual(['héllo 👋', 'binary 0001ff']);
    }
    await a.ask({ action: 'whoami' });
    expect(a.messages()).toEqual([]);
    expect(a.received).not.toContain('héllo 👋');
  });

  it('has a row for every connection, and none for one that has closed', async () => {
    const [a, b, c] = await three();
    expect(connectionIds(database()).sort()).toEqual([a.id, b.id, c.id].sort());
    await b.close();
    await eventually(() => connectionIds(database()).length === 2, 'two rows are left');
    expect(connectionIds(database()).sort()).toEqual([a.id, c.id].sort());
  });

  it('is spoken to by anything that knows the reverse push address', async () => {
    const [a] = await connect(1);
    const websocket = { action: 'data send', secConnectionID: a!.id, dataType: 'text', data: 'hi' };
    expect(await push(system.reversePush, { websocket })).toEqual({ status: 200, errNo: 0, errMsg: 'ok' });
    await a!.hears('hi');
    const closing = { websocket: { action: 'closing', secConnectionID: a!.id } };
    expect(await push(system.reversePush, closing)).toMatchObject({ status: 200, errNo: 0 });
    expect(await a!.closed()).toBe(1000);
    expect(await push(system.reversePush, { websocket })).toMatchObject({ status: 410, errNo: 201 });
  });

  it('keeps rooms apart', async () => {
    const [a, b, c] = await three();
    for (const member of [a, b])
      expect(await member.ask({ action: 'join', room: '部屋 🚪' })).toMatchObject({ type: 'ack' });
    await c.ask({ action: 'publish', room: '部屋 🚪', data: 'to the room' });
    await c.ask({ action: 'broadcast', data: 'to all' });
    for (const member of [a, b]) {
      await member.until(() => member.messages().includes('to all'), 'the broadcast');
      expect(member.messages()).toEqual(['to the room', 'to all']);
    }
    await a.ask({ action: 'leave', room: '部屋 🚪' });
    await c.ask({ action: 'publish', room: '部屋 🚪', data: 'again' });
    await c.ask({ action: 'broadcast', data: 'last' });
    await a.until(() => a.messages().includes('last'), 'the last broadcast');
    expect(a.messages()).toEqual(['to the room', 'to all', 'last']);
  });

  it('sends to one connection, and says when it is gone', async () => {
    const [a, b, c] = await three();
    expect(await a.ask({ action: 'send', to: b.id, data: { n: 1 } })).toMatchObject({
      type: 'ack',
      to: b.id,
    });
    await b.until(() => b.messages().length > 0, 'the message');
    expect(b.frames().at(-1)).toMatchObject({ type: 'message', from: a.id, direct: true, data: { n: 1 } });
    await c.close();
    expect(await a.ask({ action: 'send', to: c.id, data: 1 })).toMatchObject({
      type: 'error',
      code: 'connection_gone',
    });
  });

  it('brings 1,000 broadcasts of one client to every other in order, none twice', async () => {
    const [sender, ...others] = (await connect(5)) as [Client, ...Client[]];
    for (let n = 0; n < 1_000; n++) sender.say(JSON.stringify({ action: 'broadcast', data: n, id: n }));
    const all = Array.from({ length: 1_000 }, (_, n) => n);
    for (const other of others) {
      await other.until(() => other.messages().length >= 1_000, '1,000 messages');
      expect(other.messages()).toEqual(all);
    }
    await sender.until(
      () => sender.frames().filter(({ type }) => type === 'ack').length > 1_000,
      'every ack',
    );
    expect(sender.messages()).toEqual([]);
  });

  it('serves its page with a policy that lets nothing else in', async () => {
    const response = await fetch(system.page);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect((await fetch(new URL('/app.js', system.page))).headers.get('content-type')).toMatch(/javascript/);
    expect((await fetch(new URL('/../package.json', system.page))).status).toBe(404);
  });

  it('has an HTTP API whose token it shows at the first start alone', async () => {
    const token = /API token +(\S+) \(shown/.exec(system.app.output)?.[1] ?? '';
    const [ann] = await connect(1);
    const ask = (path: string, authorization: string, body?: unknown): Promise<Response> =>
      fetch(`${system.api}/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const notice = { target: { kind: 'connections', connectionIds: [ann!.id] }, text: 'your order is ready' };
    expect((await ask('broadcasts', 'Bearer nonsense', notice)).status).toBe(401);
    const accepted = await ask('broadcasts', `Bearer ${token}`, notice);
    expect(accepted.status).toBe(202);
    await ann!.hears('your order is ready');
    await system.app.stop();
    system = await startStandalone(folder());
    expect(system.app.output).not.toContain(token);
    const { broadcastId } = (await accepted.json()) as { broadcastId: string };
    const receipt = await ask(`broadcasts/${broadcastId}`, `Bearer ${token}`);
    expect(await receipt.json()).toMatchObject({ status: 'finished', recipients: 1, delivered: 1 });
  });

  it('keeps its reverse push address across a restart', async () => {
    const path = (address: string): string => new URL(address).pathname;
    const before = path(system.reversePush);
    expect(await system.app.stop()).toBe(0);
    system = await startStandalone(folder());
    expect(path(system.reversePush)).toBe(before);
    expect(before).toMatch(/^\/api-[0-9a-f]{32}$/);
  });

  it('drains on SIGTERM: clients are told to come back, their cleanup is done, and it exits with 0', async () => {
    const clients = await connect(20);
    expect(await system.app.stop()).toBe(0);
    expect(await Promise.all(clients.map((client) => client.closed()))).toEqual(Array(20).fill(1001));
    expect(connectionIds(database())).toEqual([]);
  });
});

describe('standalone, when it cannot start', () => {
  const folder = temporaryFolder();

  it('says in one line that its port is taken, and exits with 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const app = AppProcess.launch('standalone', {
      PORT: String(port),
      PUSH_PORT: '0',
      API_PORT: '0',
      DATA_DIR: folder(),
    });
    expect(await app.exit()).toBe(1);
    expect(app.output.trim().split('\n')).toEqual([expect.stringContaining(String(port))]);
    server.close();
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['PUSH_PORT', '-1'],
    ['API_PORT', 'http'],
  ])('names the variable when %s is %s', async (name, value) => {
    const app = AppProcess.launch('standalone', {
      PORT: '0',
      PUSH_PORT: '0',
      API_PORT: '0',
      DATA_DIR: folder(),
      [name]: value,
    });
    expect(await app.exit()).toBe(1);
    expect(app.output.trim().split('\n')).toEqual([expect.stringContaining(`${name} is malformed`)]);
  });

  it('says so when its folder cannot be written', async () => {
    const app = AppProcess.launch('standalone', {
      PORT: '0',
      PUSH_PORT: '0',
      API_PORT: '0',
      DATA_DIR: '/dev/null/data',
    });
    expect(await app.exit()).toBe(1);
    expect(app.output).toContain('/dev/null/data');
  });
});
