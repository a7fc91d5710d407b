import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { servicesForTests, type Services } from '@sendback/tools/services';
import { createConnection } from 'mysql2/promise';
import { CountingFunctions } from './counting-functions';
import { eventually } from './eventually';
import { GatewayNode } from './gateway-node';
import { Listener } from './listener';
import { print } from './report';
import { tableOf } from './table';

jest.setTimeout(240_000);

const CONNECTIONS = 500;
const LEASE_MS = 10_000;
/** After everything came about, in which nothing may come twice. */
const AFTERMATH_MS = 8_000;
const API_ID = `api-${'5ec7e7'.repeat(6)}`;

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

describe('of two gateway nodes with 500 connections each', () => {
  let services: Services;
  let folder: string;
  let functions: CountingFunctions;
  let nodes: GatewayNode[] = [];
  let clients: Listener[][] = [];
  let ids: string[][] = [];
  let databases = 0;

  beforeAll(async () => {
    services = await servicesForTests(process.env);
  });
  afterAll(() => services.close());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-nodes-'));
    functions = await new CountingFunctions().start();
    const databaseUrl = await newDatabase();
    nodes = [];
    clients = [];
    ids = [];
    for (const name of ['a', 'b']) {
      const node = await GatewayNode.start({ name, folder, databaseUrl, apiId: API_ID, functions });
      const before = functions.registered.length;
      clients.push(await Listener.connectAll(node.websocket, CONNECTIONS));
      ids.push(functions.registered.slice(before));
      nodes.push(node);
    }
  });
  afterEach(async () => {
    for (const listener of clients.flat()) listener.terminate();
    for (const node of nodes) await node.kill();
    await functions.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function newDatabase(): Promise<string> {
    const name = `nodes_${process.pid}_${++databases}`;
    const connection = await createConnection(services.mysql.url);
    await connection.query(`CREATE DATABASE ${name}`);
    await connection.end();
    return new URL(`/${name}`, services.mysql.url).href;
  }

  const cleanedUp = async (lost: readonly string[]): Promise<void> => {
    await eventually(60_000, 'cleanup was called for every lost connection', () => {
      const cleaned = new Set(functions.cleaned.map(({ connectionId }) => connectionId));
      return lost.every((id) => cleaned.has(id));
    });
    await pause(AFTERMATH_MS);
  };
  const lastCleanupAt = (): number => Math.max(...functions.cleaned.map(({ at }) => at));

  it('one is killed: the other calls cleanup once for each lost connection, and what was lost is gone', async () => {
    const [a, b] = nodes as [GatewayNode, GatewayNode];
    const [lost, kept] = ids as [string[], string[]];
    const killedAt = performance.now();
    await a.kill();
    await cleanedUp(lost);
    expect(functions.cleaned.map(({ connectionId }) => connectionId).sort()).toEqual([...lost].sort());
    const tookMs = lastCleanupAt() - killedAt;

    expect([...(await b.pushToAll([...lost, ...kept], 'to both'))].sort()).toEqual([...lost].sort());
    expect(await b.push(lost[0]!, 'to the dead')).toBe(410);
    await a.launch();
    expect([...(await a.pushToAll([...kept, ...lost], 'by way of the other'))].sort()).toEqual(
      [...lost].sort(),
    );
    expect(await a.push(kept[0]!, 'to one')).toBe(200);
    expect(await a.push(lost[0]!, 'to the dead')).toBe(410);
    const heard = ['to both', 'by way of the other'];
    await eventually(10_000, 'the survivor’s clients were given everything', () =>
      clients[1]!.every((client) => heard.every((text, index) => client.heard[index] === text)),
    );
    report({
      case: 'kill -9 a node',
      lost: lost.length,
      'cleanups of lost': functions.cleaned.length,
      'last after s': seconds(tookMs),
      'lease s': LEASE_MS / 1_000,
      'delivered by either': clients[1]!.filter(({ heard }) => heard.length >= 2).length,
    });
    expect(tookMs).toBeLessThan(2 * LEASE_MS);
  });

  it('one stands still past its lease: it finds itself fenced, closes its sockets, and cleanup came once', async () => {
    const [a, b] = nodes as [GatewayNode, GatewayNode];
    const [lost, kept] = ids as [string[], string[]];
    const { running } = a;
    const pausedAt = performance.now();
    running.signal('SIGSTOP');
    await cleanedUp(lost);
    const tookMs = lastCleanupAt() - pausedAt;
    expect(await b.push(lost[0]!, 'to the fenced')).toBe(410);
    const resumedAt = performance.now();
    running.signal('SIGCONT');
    const { code } = await running.ended;
    await eventually(10_000, 'every client of the fenced node was closed', () =>
      clients[0]!.every(({ closeCode }) => closeCode !== null),
    );
    const closedAfterMs = Math.max(...clients[0]!.map(({ closedAt }) => closedAt)) - resumedAt;
    await pause(AFTERMATH_MS / 2);
    report({
      case: 'SIGSTOP a node',
      lost: lost.length,
      'cleanups of lost': functions.cleaned.length,
      'last after s': seconds(tookMs),
      'closed after SIGCONT s': seconds(closedAfterMs),
      codes: [...new Set(clients[0]!.map(({ closeCode }) => closeCode))].join(' '),
      'exit code': code ?? '',
    });
    expect(functions.cleaned.map(({ connectionId }) => connectionId).sort()).toEqual([...lost].sort());
    expect(new Set(clients[0]!.map(({ closeCode }) => closeCode))).toEqual(new Set([1012]));
    expect(code).toBe(1);
    expect(await b.pushToAll(kept, 'still here')).toEqual([]);
  });

  function report(row: Readonly<Record<string, string | number>>): void {
    print(['', ...tableOf([row])]);
  }
});
