import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServedFunction } from '@sendback/adapter/function';
import { PinoLog } from '@sendback/adapter/pino';
import { CleanupHandler, RegistrationHandler } from '@sendback/adapter/scf';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import { composeCleanup } from '@sendback/cleanup';
import { ConnectionStore } from '@sendback/domain/connection';
import { apiSettings, composeGateway, GatewayApp, serverSettings } from '@sendback/gateway';
import { composeRegister } from '@sendback/register';
import { WebSocketServer } from 'ws';
import { takeOrders } from '../fanout/tool-server';
import { OrderCheck } from './order';
import { type Opening, type Talk, Talkers } from './talkers';

/** The arguments that make the tool one of these. */
export const INBOUND_PROCESSES: Readonly<Record<string, (argument: string) => unknown>> = {
  'inbound-gateway': serveGateway,
  'inbound-registration': serveRegistration,
  'inbound-echo': serveEcho,
  'inbound-function': serveFunction,
  'inbound-talkers': serveTalkers,
};

/** Of what listens. */
export interface Ports {
  readonly port: number;
}

interface Message {
  readonly websocket: { readonly secConnectionID: string; readonly data: string };
}

/**
 * The gateway app as standalone has it, with a transfer function of this process that does nothing but look at the order.
 * @param way `answering` has it say what it was given, over the integration response
 */
async function serveGateway(way: string): Promise<void> {
  const order = new OrderCheck();
  const answers = way === 'answering';
  const transfer = async (event: unknown): Promise<unknown> => {
    const { websocket } = event as Message;
    order.take(websocket.secConnectionID, websocket.data);
    return answers ? { websocket } : null;
  };
  const { port } = await listen(temporaryFolder(), { transfer }, answers);
  takeOrders({ '/report': (): Ports => ({ port }), '/taken': () => order.report() });
}

/** The gateway app as standalone has it, with the functions that record connections and remove them, on SQLite. */
async function serveRegistration(): Promise<void> {
  const folder = temporaryFolder();
  const log = new PinoLog('warn');
  const config = {
    DATABASE_URL: parseDatabaseUrl(`sqlite:${join(folder, 'application.db')}`),
    SENDBACK_URL: 'http://bench',
  };
  const container = composeRegister(config, log);
  const [registration, cleanup] = [
    container.get(RegistrationHandler),
    composeCleanup(config, log).get(CleanupHandler),
  ];
  const connections = container.get(ConnectionStore);
  await connections.count();
  const { port } = await listen(folder, {
    register: (event) => registration.handle(event),
    transfer: async () => null,
    cleanup: (event) => cleanup.handle(event),
  });
  takeOrders({ '/report': (): Ports => ({ port }), '/recorded': () => connections.count() });
}

type Functions = Readonly<Partial<Record<'register' | 'cleanup', ServedFunction>>> & {
  readonly transfer: ServedFunction;
};

/** With an API of the functions. */
async function listen(folder: string, functions: Functions, integrationResponse = false): Promise<Ports> {
  process.on('SIGTERM', () => process.exit());
  const handlers = Object.entries(functions).map(
    ([name, handler]) => [name, { handler, timeout: 3 }] as const,
  );
  const settings = {
    ...serverSettings.parse({
      listen: { host: '127.0.0.1', port: 0 },
      reversePush: { port: 0 },
      database: `sqlite:${join(folder, 'gateway.db')}`,
    }),
    apis: [
      {
        ...apiSettings.parse({ serviceName: 'bench', integrationResponse }),
        functions: { transfer: { handler: functions.transfer, timeout: 3 }, ...Object.fromEntries(handlers) },
      },
    ],
    environment: {},
    tenureLost: () => process.exit(1),
  };
  const app = await composeGateway(settings, new PinoLog('warn')).getAsync(GatewayApp);
  await app.listenForPushes();
  await app.listenForClients();
  const [address] = app.addresses();
  return { port: Number(new URL(address?.websocket ?? '').port) };
}

/** Goes with the process. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What there is to reach with `ws` alone. */
function serveEcho(): void {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  takeOrders({ '/report': (): Ports => ({ port: (server.address() as AddressInfo).port }) });
  process.on('SIGTERM', () => process.exit());
}

/** A transfer function over HTTP that does nothing but look at the order. */
function serveFunction(): void {
  const order = new OrderCheck();
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { websocket } = JSON.parse(text) as Message;
      order.take(websocket.secConnectionID, websocket.data);
      response.setHeader('Content-Type', 'application/json');
      response.end('null');
    });
  });
  server.listen(0, '127.0.0.1');
  takeOrders({
    '/report': (): Ports => ({ port: (server.address() as AddressInfo).port }),
    '/taken': () => order.report(),
  });
  process.on('SIGTERM', () => process.exit());
}

function serveTalkers(): void {
  const talkers = new Talkers();
  takeOrders({
    '/open': (body) => talkers.open(JSON.parse(body.toString()) as Opening),
    '/talk': (body) => talkers.talk(JSON.parse(body.toString()) as Talk),
    '/leave': () => talkers.leave(),
  });
  process.on('SIGTERM', () => process.exit());
}

function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => resolve(text)).on('error', reject);
  });
}
