import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Audience, type Heard } from './audience';
import { type Dialect, frameOf, PLAIN, SOCKET_IO } from './message';

const BYTES = 200;
const CLIENTS = 3;

describe('an audience', () => {
  const sockets: Duplex[] = [];
  const completed: number[] = [];
  let server: Server;
  let audience: Audience;

  beforeEach(async () => {
    completed.length = 0;
    const handshake = new WebSocketServer({ noServer: true });
    server = createServer().on('upgrade', (request, socket, head) => {
      sockets.push(socket);
      handshake.handleUpgrade(request, socket, head, (ws) => {
        if (!request.url?.includes('EIO')) return;
        ws.send('0{"sid":"a"}');
        ws.once('message', (data) => ws.send(`${(data as Buffer).toString()}{"sid":"b"}`));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    audience = new Audience((number) => completed.push(number));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const join = async (dialect: Dialect = PLAIN): Promise<void> => {
    const { port } = server.address() as AddressInfo;
    const path = dialect.socketIo ? '/?EIO=4' : '/';
    await audience.join({ port, path, dialect, count: CLIENTS });
    audience.expect({ from: 10, bytes: BYTES, clients: CLIENTS, lines: 1, dialect, tell: true });
  };
  const toAll = (bytes: Buffer): void => sockets.forEach((socket) => socket.write(bytes));
  const heard = (deliveries: number, patienceMs = 30_000): Promise<Heard> =>
    audience.heard({ deliveries, patienceMs });

  it.each([
    ['plain', PLAIN],
    ['Socket.IO', SOCKET_IO],
  ])(
    'counts what comes in frames of %s, however it is cut, and tells of what all have',
    async (_, dialect) => {
      await join(dialect);
      const bytes = Buffer.concat([frameOf(10, BYTES, dialect), frameOf(11, BYTES, dialect)]);
      toAll(bytes.subarray(0, 250));
      await heard(CLIENTS);
      toAll(bytes.subarray(250));
      const { deliveries, amiss, sampled, lastAt } = await heard(2 * CLIENTS);
      expect({ deliveries, amiss, sampled, lost: lastAt.filter((at) => at === null) }).toEqual({
        deliveries: 2 * CLIENTS,
        amiss: 0,
        sampled: 2,
        lost: [],
      });
      expect(completed).toEqual([10, 11]);
    },
  );

  it('answers pings between frames, and counts none', async () => {
    await join();
    const pongs = sockets.map((socket) => once(socket, 'data'));
    const ping = Buffer.from([0x89, 0]);
    toAll(Buffer.concat([frameOf(10, BYTES), ping.subarray(0, 1)]));
    await heard(CLIENTS);
    toAll(Buffer.concat([ping.subarray(1), frameOf(11, BYTES)]));
    expect(await heard(2 * CLIENTS)).toMatchObject({ deliveries: 2 * CLIENTS, amiss: 0 });
    for (const [pong] of (await Promise.all(pongs)) as [Buffer][]) expect(pong[0]).toBe(0x8a);
  });

  it('notices what some did not get', async () => {
    await join();
    sockets[0]?.write(frameOf(10, BYTES));
    const { deliveries, lastAt } = await heard(CLIENTS, 1_000);
    expect({ deliveries, lastAt, completed }).toEqual({ deliveries: 1, lastAt: [], completed: [] });
  });

  it('notices what is out of order, and what is damaged', async () => {
    await join();
    for (const number of [11, 10]) toAll(frameOf(number, BYTES));
    expect((await heard(2 * CLIENTS)).amiss).toBe(1);
    const damaged = frameOf(12, BYTES);
    damaged[150] = 0;
    toAll(damaged);
    expect((await heard(3 * CLIENTS)).amiss).toBe(2);
  });

  it('does not join where it is refused', async () => {
    server.removeAllListeners('upgrade').on('upgrade', (_request, socket: Duplex) => {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await expect(join()).rejects.toThrow('403');
  });
});
