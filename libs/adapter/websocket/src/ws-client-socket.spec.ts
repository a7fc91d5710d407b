import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { ClientListener, ClientSocket, Frame } from '@sendback/domain/gateway';
import { clientSocketContract, type ContractSocket } from '@sendback/domain/gateway/testing';
import { ClientSockets, type ClientSocketsOptions } from './client-sockets';
import { encodeFrame } from './frame';
import { certificate } from './testing/certificate';
import { Client, clientFrame, until } from './testing/real-gateway';

jest.setTimeout(60_000);

interface OpenOptions extends Partial<ClientSocketsOptions> {
  /** Plain TCP without it. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

describe.each<[string, OpenOptions]>([
  ['ws', {}],
  ['ws without a window', { frameWindowMs: 0 }],
  ['ws with a long window', { frameWindowMs: 50 }],
  ['ws with compression', { compression: true }],
  ['ws over TLS', { tls: certificate('gateway') }],
])('', (name, options) => clientSocketContract(name, (listener) => open(listener, options)));

async function open(
  listener: ClientListener,
  { tls, ...options }: OpenOptions,
  accepting: (socket: Duplex) => unknown = () => undefined,
): Promise<ContractSocket> {
  const http = tls ? createTlsServer(tls) : createServer();
  const sockets = new ClientSockets({ frameWindowMs: 2, ...options });
  const accepted = new Promise<ClientSocket | null>((resolve) => {
    http.on('upgrade', (request, socket, head) => {
      accepting(socket);
      resolve(sockets.accept(request, socket, head, null, listener));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const client = new Client(
    new WebSocket(`${tls ? 'wss' : 'ws'}://127.0.0.1:${(http.address() as AddressInfo).port}`, {
      ...(tls && { ca: tls.cert }),
    }),
  );
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
      beginsToSay: () => tcpOf(client).write(clientFrame(1, 'half').subarray(0, -2)),
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

/** ws has no public way to it. */
function tcpOf({ ws }: Client): Socket {
  return (ws as unknown as { readonly _socket: Socket })._socket;
}

describe('writes to the socket', () => {
  const silent: ClientListener = {
    receive: () => undefined,
    closed: () => undefined,
  };
  const frame = (text: string): Frame => encodeFrame('text', text) ?? { byteLength: 0 };
  let far: ContractSocket;
  let writes: jest.SpiedFunction<Duplex['write']>;
  afterEach(() => far.close());

  const connect = async (options: ClientSocketsOptions): Promise<void> => {
    far = await open(silent, options, (socket) => (writes = jest.spyOn(socket, 'write')));
    writes.mockClear();
  };
  const receive = async (count: number): Promise<void> => until(() => far.client.received.length === count);

  it('are one for a lone frame, at once', async () => {
    await connect({ frameWindowMs: 50 });
    far.socket.send(frame('alone'));
    expect(writes).toHaveBeenCalledTimes(1);
    await receive(1);
  });

  it('are one for a frame and those it waits for, and one for what follows within the window', async () => {
    // Long enough for the frames that follow to come within it, however busy the machine is.
    await connect({ frameWindowMs: 2_000 });
    for (let n = 0; n < 100; n++) far.socket.send(frame(`${n}`), n < 99);
    await receive(100);
    expect(writes).toHaveBeenCalledTimes(1);
    for (let n = 100; n < 200; n++) {
      far.socket.send(frame(`${n}`));
      await Promise.resolve();
    }
    expect(far.socket.backlog).toBeGreaterThan(100 * 3);
    await receive(200);
    expect(writes).toHaveBeenCalledTimes(2);
    expect(far.socket.backlog).toBe(0);
  });

  it('are of 64 KiB at most, unless a frame is larger', async () => {
    await connect({ frameWindowMs: 50 });
    for (const length of [30_000, 30_000, 30_000, 100_000, 10]) {
      far.socket.send(frame('x'.repeat(length)), true);
    }
    await receive(5);
    expect(writes.mock.calls.map(([bytes]) => (bytes as Buffer).length)).toEqual([
      60_008, 30_004, 100_010, 12,
    ]);
  });

  it('are one for each frame without a window', async () => {
    await connect({ frameWindowMs: 0 });
    for (let n = 0; n < 100; n++) far.socket.send(frame(`${n}`));
    await receive(100);
    expect(writes).toHaveBeenCalledTimes(100);
  });
});
