import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import type { ClientListener, ClientSocket } from '@sendback/domain/gateway';
import { clientSocketContract, type ContractSocket } from '@sendback/domain/gateway/testing';
import { ClientSockets, type ClientSocketsOptions } from './client-sockets';
import { encodeFrame } from './frame';
import { Client } from './testing/real-gateway';

jest.setTimeout(60_000);

describe.each<[string, ClientSocketsOptions]>([
  ['ws', {}],
  ['ws without a window', { frameWindowMs: 0 }],
  ['ws with compression', { compression: { thresholdBytes: 4 } }],
])('', (name, options) => clientSocketContract(name, (listener) => open(listener, options)));

async function open(listener: ClientListener, options: ClientSocketsOptions): Promise<ContractSocket> {
  const http = createServer();
  const sockets = new ClientSockets(options);
  const accepted = new Promise<ClientSocket | null>((resolve) => {
    http.on('upgrade', (request, socket, head) =>
      resolve(sockets.accept(request, socket, head, null, listener)),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const client = new Client(new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`));
  const socket = await accepted;
  if (!socket) throw new Error('the client is gone');
  await new Promise((resolve) => client.ws.once('open', resolve));
  return far(client, socket, async () => {
    client.ws.terminate();
    socket.terminate();
    await new Promise((resolve) => http.close(resolve));
  });
}

function far(client: Client, socket: ClientSocket, close: () => Promise<void>): ContractSocket {
  return {
    socket,
    client: {
      says: (dataType, data) => client.ws.send(dataType === 'text' ? data : Buffer.from(data, 'base64')),
      closes: (code, reason) => client.ws.close(code, reason),
      vanishes: () => client.ws.terminate(),
      stopsReading: () => client.ws.pause(),
      get received() {
        return client.received;
      },
      get closeFrame() {
        return client.closeFrame;
      },
    },
    frame: (text) => encodeFrame('text', text) ?? { byteLength: 0 },
    close,
  };
}
