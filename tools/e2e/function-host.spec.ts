import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AppProcess } from './support/app-process';
import { eventually } from './support/database';
import { temporaryFolder } from './support/temporary-folder';

const JSON_TYPE = { 'content-type': 'application/json' };
const API_ID = 'api-0123456789abcdef0123456789abcdef';

describe('function-host', () => {
  const folder = temporaryFolder();
  const running: AppProcess[] = [];
  let environment: Record<string, string>;

  beforeEach(() => {
    environment = {
      DATABASE_URL: `sqlite:${join(folder(), 'sendback.db')}`,
      SENDBACK_URL: `http://127.0.0.1:8081/${API_ID}`,
      QUEUE_URL: 'database:',
    };
  });

  afterEach(async () => {
    for (const app of running.splice(0).reverse()) await app.stop();
  });

  const start = async (name: string, env: Readonly<Record<string, string>>): Promise<AppProcess> => {
    const app = await AppProcess.start(name, env, /"msg":"ready"/);
    running.push(app);
    return app;
  };
  const startHost = async (): Promise<{ host: AppProcess; url: string }> => {
    const host = await start('function-host', { ...environment, PORT: '0' });
    return { host, url: new URL('/', /"url":"([^"]+)"/.exec(host.output)?.[1]).origin };
  };

  it('finishes a call that is being sent when SIGTERM comes, and takes no other', async () => {
    const { host, url } = await startHost();
    const port = Number(new URL(url).port);
    const closing = { websocket: { action: 'closing', secConnectionID: 'ann' } };
    const event = JSON.stringify(closing);
    const socket = connect(port, '127.0.0.1');
    const heard = text(socket);
    socket.write(`POST /cleanup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`);
    socket.write(`Expect: 100-continue\r\nContent-Length: ${event.length}\r\n\r\n`);
    await once(socket, 'data');

    const code = host.stop();
    await host.says(/"msg":"stopping"/);
    await eventually(
      () =>
        fetch(url).then(
          () => false,
          () => true,
        ),
      'it listens no more',
    );
    socket.write(event);
    expect(await heard).toMatch(/HTTP\/1\.1 200 OK\r\n.*connection: close\r\n/is);
    expect((await heard).endsWith(event)).toBe(true);
    expect(await code).toBe(0);
  });

  it('tells those who watch it how it is', async () => {
    const { host, url } = await startHost();
    const status = async (path: string): Promise<unknown> => {
      const response = await fetch(url + path);
      return [response.status, await response.text()];
    };
    expect(await status('/healthz')).toEqual([200, '{"status":"ok"}']);
    const ok = { status: 'ok', checks: { database: 'ok', process: 'ok' } };
    expect(await status('/readyz')).toEqual([200, JSON.stringify(ok)]);
    await fetch(`${url}/cleanup`, { method: 'POST', headers: JSON_TYPE, body: '{}' });
    expect(await status('/metrics')).toEqual([
      200,
      expect.stringMatching(/function="cleanup",outcome="102"/),
    ]);

    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const heard = text(socket);
    // They come together: once the first is answered, the second has begun.
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n');
    await once(socket, 'data');
    const code = host.stop();
    await host.says(/"msg":"stopping"/);
    socket.write('\r\n');
    const stopping = { status: 'unavailable', checks: { database: 'ok', process: 'stopping' } };
    expect(await heard).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 503 /s);
    expect((await heard).endsWith(JSON.stringify(stopping))).toBe(true);
    expect(await code).toBe(0);
  });

  it('runs without its database, and says so', async () => {
    environment['DATABASE_URL'] = 'sqlite:/dev/null/sendback.db';
    const { host, url } = await startHost();
    expect(host.output).toContain('"msg":"the database does not answer"');
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { database: 'storage unavailable' } });
    const event = { requestContext: {}, websocket: { action: 'connecting', secConnectionID: 'ann' } };
    const init = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(event) };
    expect(await (await fetch(`${url}/register`, init)).json()).toMatchObject({ errNo: 301 });
  });

  it('says what is wrong with its environment, and how it is used', async () => {
    const app = AppProcess.launch('function-host', { ...environment, MAX_CONCURRENT: 'many' });
    expect(await app.exit()).toBe(1);
    expect(app.output).toBe('MAX_CONCURRENT is malformed: must be a whole number from 1 to 10000\n');
    const entry = join(__dirname, '../../dist/apps/function-host/index.js');
    const help = spawnSync(process.execPath, [entry, '--help'], { encoding: 'utf8' });
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining('MAX_CONCURRENT')]);
    const misspelt = spawnSync(process.execPath, [entry, '--hlep'], { encoding: 'utf8' });
    expect([misspelt.status, misspelt.stderr]).toEqual([2, expect.stringContaining('--hlep')]);
  });
});
