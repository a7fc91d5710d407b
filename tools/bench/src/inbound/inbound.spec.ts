import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { takeFrames } from './frames';
import { OrderCheck } from './order';
import { Talkers } from './talkers';

describe('frames', () => {
  const short = [0x81, 2, 0x68, 0x69];
  const long = [0x82, 126, 0, 130, ...Array.from({ length: 130 }, () => 7)];

  it('are taken whole, wherever what has come is cut', () => {
    const all = Buffer.from([...short, ...long, ...short]);
    for (let cut = 0; cut <= all.length; cut++) {
      const taken: [number, number][] = [];
      const take = (chunk: Buffer): Buffer =>
        takeFrames(chunk, ({ opcode, payload }) => taken.push([opcode, payload.length]));
      const rest = take(all.subarray(0, cut));
      expect(take(Buffer.concat([rest, all.subarray(cut)]))).toHaveLength(0);
      expect(taken).toEqual([
        [1, 2],
        [2, 130],
        [1, 2],
      ]);
    }
  });
});

describe('the order of messages', () => {
  const amiss = (...numbers: number[]): number => {
    const order = new OrderCheck();
    for (const number of numbers) order.take('a', `${number}`.padStart(8, '0'));
    order.take('b', '00000000');
    expect(order.report().messages).toBe(numbers.length + 1);
    return order.report().amiss;
  };

  it.each([
    ['right', [0, 1, 2], 0],
    ['lost', [0, 2], 1],
    ['given twice', [0, 0, 1], 1],
    ['out of order', [0, 2, 1], 2],
  ])('is looked at: %s', (_, numbers, expected) => {
    expect(amiss(...numbers)).toBe(expected);
  });
});

describe('talkers', () => {
  const talkers = new Talkers();
  const servers: WebSocketServer[] = [];
  afterEach(async () => {
    talkers.leave();
    for (const server of servers.splice(0)) {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const opened = async (hear: (socket: WebSocket, text: string) => void): Promise<void> => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    servers.push(server);
    server.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => {
        hear(socket, data.toString());
      }),
    );
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await talkers.open({ port, path: '/', count: 3, atOnce: 2 });
  };

  it.each([[null], [1], [4]])('hear every reply, with %s in flight', async (inFlight) => {
    await opened((socket, text) => socket.send(text));
    for (let run = 0; run < 2; run++) {
      const talked = await talkers.talk({ messages: 50, bytes: 128, replies: true, inFlight });
      expect(talked).toMatchObject({ replies: 150, amiss: 0 });
    }
  });

  it('are answered by what carries their number', async () => {
    await opened((socket, text) =>
      socket.send(JSON.stringify({ type: 'ack', ...(JSON.parse(text) as object) })),
    );
    const talked = await talkers.talk({ messages: 20, bytes: 0, replies: true, inFlight: null });
    expect(talked).toMatchObject({ replies: 60, amiss: 0 });
  });

  it('notice replies that are not the next', async () => {
    await opened((socket, text) => socket.send(text.replace('00000003', '00000004')));
    const talked = await talkers.talk({ messages: 10, bytes: 128, replies: true, inFlight: 1 });
    expect(talked).toMatchObject({ replies: 30, amiss: 3 });
  });
});
