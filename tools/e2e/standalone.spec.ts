import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AppProcess, type Standalone, startStandalone } from './support/app-process';
import { Client } from './support/client';
import { connectionIds, eventually } from './support/database';
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
    let receipt: unknown;
    await eventually(async () => {
      receipt = await (await ask(`broadcasts/${broadcastId}`, `Bearer ${token}`)).json();
      return (receipt as { status: string }).status === 'finished';
    }, 'the broadcast is finished');
    expect(receipt).toMatchObject({ recipients: 1, delivered: 1 });
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
