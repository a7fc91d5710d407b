import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { ClientSocket } from '@sendback/domain/gateway';
import { clientSocketContract, type ContractSocket } from '@sendback/domain/gateway/testing';
import { encodeFrame } from './frame';
import { Client } from './testing/real-gateway';
import { WsClientSocket } from './ws-client-socket';

jest.setTimeout(60_000);

clientSocketContract('ws', async (listener) => {
  const http = createServer();
  const server = new WebSocketServer({ noServer: true });
  const accepted = new Promise<ClientSocket>((resolve) => {
    http.on('upgrade', (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (ws) => resolve(new WsClientSocket(ws, socket, listener))),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const client = new Client(new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`));
  const socket = await accepted;
  await new Promise((resolve) => client.ws.once('open', resolve));
  return far(client, socket, async () => {
    client.ws.terminate();
    socket.terminate();
    await new Promise((resolve) => http.close(resolve));
  });
});

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
