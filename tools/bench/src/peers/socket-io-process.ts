import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BarePush } from '../fanout/processes';
import { textOf } from '../fanout/message';
import { takeOrders } from '../fanout/tool-server';
import { requireFrom } from './npm';

/** Where npm has put it, and the milliseconds between its pings. */
export interface SocketIoArgument {
  readonly folder: string;
  readonly pingInterval: number;
}

/** As much of Socket.IO as is used here; it is no dependency of this workspace. */
interface SocketIo {
  readonly Server: new (http: HttpServer, options: Readonly<Record<string, unknown>>) => SocketIoServer;
}

interface SocketIoServer {
  on(event: 'connection', connected: (socket: SocketIoSocket) => void): void;
  to(room: string): { emit(event: string, text: string): void };
}

interface SocketIoSocket {
  readonly handshake: { readonly query: Readonly<Record<string, unknown>> };
  join(room: string): void;
}

/** A server of Socket.IO with its own settings. @param argument {@link SocketIoArgument} */
export function serveSocketIo(argument: string): void {
  const { folder, pingInterval } = JSON.parse(argument) as SocketIoArgument;
  const { Server } = requireFrom(folder, 'socket.io') as SocketIo;
  const http = createServer().listen(0, '127.0.0.1', 4_096);
  const io = new Server(http, { transports: ['websocket'], pingInterval });
  io.on('connection', (socket) => socket.join(String(socket.handshake.query['room'])));
  takeOrders({
    '/report': () => ({ port: (http.address() as AddressInfo).port }),
    '/push': (body) => {
      const { number, bytes, clients } = JSON.parse(body.toString()) as BarePush;
      io.to(`${clients}`).emit('m', textOf(number, bytes));
    },
  });
  process.on('SIGTERM', () => process.exit());
}
