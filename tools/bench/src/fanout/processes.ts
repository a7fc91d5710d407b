import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { InProcessFunctionInvoker } from '@sendback/adapter/function';
import { ConsoleLog, CryptoIdSource, SealedConnectionIds, SystemClock } from '@sendback/adapter/node';
import { Database, parseDatabaseUrl, TypeOrmSessionLedger } from '@sendback/adapter/typeorm';
import { HttpNodeForwarder, parsePush, PublicListener, PushListener } from '@sendback/adapter/websocket';
import { type Api, Gateway, UNLIMITED } from '@sendback/domain/gateway';
import { watch } from '@sendback/tools/services';
import { WebSocketServer } from 'ws';
import { Audience, type Awaited, type Expected, type Joining } from './audience';
import { serveSocketIo } from '../peers/socket-io-process';
import { frameOf } from './message';
import { takeOrders } from './tool-server';

/** The arguments that make the tool one of these. */
export const FANOUT_PROCESSES: Readonly<Record<string, (argument: string) => unknown>> = {
  'fanout-audience': serveAudience,
  'fanout-gateway': serveGateway,
  'fanout-bare': serveBare,
  'socket-io': serveSocketIo,
};

/** Before the number of each message that all of an audience have, on a line of its own. */
export const COMPLETE = 'complete ';

/** Where clients connect. */
export const PATH = '/release/websocket';
const WRITES_AT_ONCE = 1_000;

/** What a gateway says of itself. */
export interface GatewayReport {
  readonly port: number;
  readonly pushPort: number;
  readonly pushPath: string;
  readonly ids: readonly string[];
}

/** A message for the first of the clients. */
export interface BarePush {
  readonly number: number;
  readonly bytes: number;
  readonly clients: number;
}

function serveAudience(): void {
  const audience = new Audience((number) => process.stdout.write(`${COMPLETE}${number}\n`));
  takeOrders({
    '/join': (body) => audience.join(JSON.parse(body.toString()) as Joining),
    '/expect': (body) => audience.expect(JSON.parse(body.toString()) as Expected),
    '/heard': (body) => audience.heard(JSON.parse(body.toString()) as Awaited),
  });
  process.on('SIGTERM', () => process.exit());
}

/** The gateway's own listeners, sessions and ledger; nobody answers its functions. */
async function serveGateway(windowMs: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
  watch({ kind: 'path', what: folder });
  process.on('SIGTERM', () => process.exit());
  const url = parseDatabaseUrl(`sqlite:${join(folder, 'gateway.db')}`);
  const log = new ConsoleLog(process.stderr);
  const ids = new CryptoIdSource();
  const gateway = new Gateway({
    apis: [api()],
    ledger: new TypeOrmSessionLedger(new Database(url, { schema: 'gateway', migrate: true })),
    clock: new SystemClock(),
    ids,
    log,
    parsePush,
    nodes: { connectionIds: new SealedConnectionIds(ids.hex(32)), forwarder: new HttpNodeForwarder() },
    limits: { heartbeatMs: 3_600_000, frameWindowMs: Number(windowMs) },
    tenureLost: () => process.exit(1),
  });
  const shared = { gateway, log, host: '127.0.0.1', port: 0 };
  const publicListener = new PublicListener(shared);
  const pushListener = new PushListener(shared);
  const { port: pushPort } = await pushListener.start();
  await gateway.start('bench', `http://127.0.0.1:${pushPort}`);
  const { port } = await publicListener.start();
  const [live] = gateway.apis;
  const report = (): GatewayReport => ({
    port,
    pushPort,
    pushPath: `/${live?.api.id ?? ''}`,
    ids: [...(live?.sessions.keys() ?? [])],
  });
  takeOrders({ '/report': report });
}

function api(): Api {
  const transfer = { invoker: new InProcessFunctionInvoker(async () => null, 'transfer'), timeoutMs: 3_000 };
  return {
    id: `api-${randomBytes(16).toString('hex')}`,
    serviceName: 'bench',
    stage: 'release',
    path: '/websocket',
    backendTimeoutSeconds: 3_600,
    integrationResponse: false,
    handOversAtOnce: 1,
    limits: { all: UNLIMITED, perAddress: UNLIMITED },
    functions: { transfer },
  };
}

/** The least there is to do: ready-made frames, written to one socket after the other. */
function serveBare(): void {
  const sockets: Duplex[] = [];
  const handshake = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
  const http = createServer().listen(0, '127.0.0.1');
  http.on('upgrade', (request, socket, head) =>
    handshake.handleUpgrade(request, socket, head, () => sockets.push(socket)),
  );
  takeOrders({
    '/report': () => ({ port: (http.address() as AddressInfo).port }),
    '/push': async (body) => {
      const { number, bytes, clients } = JSON.parse(body.toString()) as BarePush;
      const frame = frameOf(number, bytes);
      for (const [index, socket] of sockets.slice(0, clients).entries()) {
        socket.write(frame);
        if (index % WRITES_AT_ONCE === WRITES_AT_ONCE - 1) await new Promise((go) => setImmediate(go));
      }
    },
  });
  process.on('SIGTERM', () => process.exit());
}
