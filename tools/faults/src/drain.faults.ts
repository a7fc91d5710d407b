import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CountingFunctions } from './counting-functions';
import { eventually } from './eventually';
import { GatewayNode } from './gateway-node';
import { Listener } from './listener';
import { print } from './report';
import { tableOf } from './table';

jest.setTimeout(120_000);

const CLIENTS = 1_000;
const WINDOW_S = 5;
const GOING_AWAY = 1001;
/** Parts of the window that are looked at by themselves. */
const PARTS = 5;

describe('a gateway with 1,000 clients', () => {
  let folder: string;
  let functions: CountingFunctions;
  let node: GatewayNode;
  let clients: Listener[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-drain-'));
    functions = await new CountingFunctions().start();
    const databaseUrl = `sqlite:${join(folder, 'gateway.db')}`;
    const apiId = `api-${'5ec7e7'.repeat(6)}`;
    const settings = { drainWindow: WINDOW_S };
    node = await GatewayNode.start({ name: 'gateway', folder, databaseUrl, apiId, functions, settings });
    clients = await Listener.connectAll(node.websocket, CLIENTS);
  });
  afterEach(async () => {
    for (const client of clients) client.terminate();
    await node.kill();
    await functions.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells all of them to come back over the window at SIGTERM, calls their cleanups, and exits with 0', async () => {
    const from = performance.now();
    node.running.signal('SIGTERM');
    await expect(Listener.connect(node.websocket)).rejects.toThrow();
    const { code } = await node.running.ended;
    const exitedAfterMs = performance.now() - from;
    await eventually(10_000, 'every client was closed', () =>
      clients.every(({ closeCode }) => closeCode !== null),
    );
    const parts = Array.from({ length: PARTS }, () => 0);
    for (const { closedAt } of clients) {
      const part = Math.floor(((closedAt - from) / (WINDOW_S * 1_000)) * PARTS);
      parts[Math.min(part, PARTS - 1)]! += 1;
    }
    const row = {
      case: 'SIGTERM',
      clients: CLIENTS,
      codes: [...new Set(clients.map(({ closeCode }) => closeCode))].join(' '),
      'window s': WINDOW_S,
      'closed in each fifth': parts.join(' '),
      cleanups: functions.cleaned.length,
      'exit code': code ?? 'none',
      'after s': (exitedAfterMs / 1_000).toFixed(1),
    };
    print(['', ...tableOf([row])]);
    expect(new Set(clients.map(({ closeCode }) => closeCode))).toEqual(new Set([GOING_AWAY]));
    for (const count of parts) expect(count).toBeGreaterThan(CLIENTS / PARTS / 4);
    const cleaned = functions.cleaned.map(({ connectionId }) => connectionId);
    expect(cleaned.sort()).toEqual([...functions.registered].sort());
    expect(code).toBe(0);
  });

  it('ends at once at a second SIGTERM', async () => {
    node.running.signal('SIGTERM');
    await eventually(10_000, 'the first was heard', () => node.running.output.includes('"msg":"draining"'));
    await new Promise((resolve) => setTimeout(resolve, 700));
    node.running.signal('SIGTERM');
    const { code } = await node.running.ended;
    expect(code).toBe(1);
    expect(clients.filter(({ closeCode }) => closeCode === null).length).toBeLessThan(CLIENTS);
  });
});
