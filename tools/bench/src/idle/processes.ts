import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Joining } from '../fanout/audience';
import { takeOrders } from '../fanout/tool-server';
import { IdleClients } from './idle-clients';

/** The arguments that make the tool one of these. */
export const IDLE_PROCESSES: Readonly<Record<string, () => unknown>> = {
  'idle-clients': serveClients,
  'idle-ws': serveWs,
};

function serveClients(): void {
  const clients = new IdleClients();
  takeOrders({
    '/join': (body) => clients.join(JSON.parse(body.toString()) as Joining),
    '/count': () => clients.count(),
  });
  process.on('SIGTERM', () => process.exit());
}

/** What is left of a server when it does nothing but keep connections with ws, as the gateway does. */
function serveWs(): void {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  server.on('connection', (socket) => socket.on('message', () => undefined));
  takeOrders({ '/report': () => ({ port: (server.address() as AddressInfo).port }) });
  process.on('SIGTERM', () => process.exit());
}
