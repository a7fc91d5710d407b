import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { WebSocket } from 'ws';
import { apiSettings, composeGateway, GatewayApp, type GatewaySettings, serverSettings } from './compose';

const API_ID = `api-${'0'.repeat(32)}`;

describe('a gateway that is monitored, where functions push', () => {
  const handler = async (): Promise<object> => ({ errNo: 0, errMsg: 'ok' });
  const settings = (folder: string): GatewaySettings => ({
    ...serverSettings.parse({
      listen: { host: '127.0.0.1', port: 0 },
      reversePush: { port: 0 },
      database: `sqlite:${join(folder, 'gateway.db')}`,
      drainWindow: 0,
    }),
    apis: [
      {
        ...apiSettings.parse({ id: API_ID, serviceName: 'chat' }),
        functions: { register: { handler, timeout: 30 }, transfer: { handler, timeout: 30 } },
      },
    ],
    environment: {},
    tenureLost: () => undefined,
  });
  let folder: string;
  let app: GatewayApp;
  let origin: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-gateway-'));
    app = await composeGateway(settings(folder), new MemoryLog()).getAsync(GatewayApp);
    await app.listenForPushes();
    origin = new URL(app.addresses()[0]?.reversePush ?? '').origin;
  });
  afterEach(async () => {
    await app.drain();
    await app.close();
    rmSync(folder, { recursive: true });
  });

  const get = async (path: string): Promise<[status: number, body: string]> => {
    const response = await fetch(origin + path);
    return [response.status, await response.text()];
  };

  it('is ready from when it lets clients in until it drains', async () => {
    const notReady = '{"status":"unavailable","checks":{"clients":"starting or stopping","ledger":"ok"}}';
    // To make the tables may take longer than a check may.
    while ((await get('/readyz'))[1].includes('no answer'));
    expect(await get('/readyz')).toEqual([503, notReady]);
    await app.listenForClients();
    expect(await get('/readyz')).toEqual([200, '{"status":"ok","checks":{"clients":"ok","ledger":"ok"}}']);
    await app.drain();
    expect(await get('/readyz')).toEqual([503, notReady]);
    expect(await get('/healthz')).toEqual([200, '{"status":"ok"}']);
  });

  it('shows its connections and its calls, and no secret', async () => {
    await app.listenForClients();
    const client = new WebSocket(app.addresses()[0]?.websocket ?? '');
    await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
    const [, text] = await get('/metrics');
    expect(text).toContain('sendback_gateway_connections{api="/release/websocket",app="gateway"} 1\n');
    expect(text).toMatch(/sendback_function_call_duration_seconds_count\{.*function="register".*\} 1\n/);
    expect(text).not.toContain(API_ID.slice(0, 12));
  });

  it('shows nothing else, and takes pushes beside', async () => {
    for (const path of ['/', '/metrics/', '/readyz/x', '/api-x']) expect((await get(path))[0]).toBe(404);
    expect((await get(`/${API_ID}`))[0]).toBe(200);
  });
});
