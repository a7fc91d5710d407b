import { Socket } from 'node:net';
import { Channel, type Reply } from './channel';

const BYTES = 1_000_000;

describe('what a runner says', () => {
  let socket: Socket;
  let replies: Reply[];
  let garbled: string[];

  beforeEach(() => {
    [socket, replies, garbled] = [new Socket(), [], []];
    new Channel(socket, {
      reply: (reply) => replies.push(reply),
      garbled: (reason) => garbled.push(reason),
    });
  });

  const comes = (text: string): void => void socket.emit('data', Buffer.from(text));

  it('is a reply for each line, in however many pieces it comes', () => {
    for (const piece of ['{"ready":true}\n', '{"va', 'lue":', '"grü', 'ße"}\n', '{"value":7}\n'])
      comes(piece);
    expect(replies).toEqual([{ ready: true }, { value: 'grüße' }, { value: 7 }]);
    expect(garbled).toEqual([]);
  });

  it('is read up to 8 MiB', () => {
    for (let piece = 0; piece < 8; piece++) comes('x'.repeat(1024 * 1024));
    expect(garbled).toEqual([]);
    comes('x');
    expect(garbled).toEqual(['answered more than 8388608 bytes']);
    expect(socket.destroyed).toBe(true);
  });

  it('takes a small multiple of its size where it comes byte by byte', () => {
    const before = process.memoryUsage().heapUsed;
    comes('{"value":"');
    for (let byte = 0; byte < BYTES; byte++) comes('x');
    // Held one by one they take 200 MiB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
    comes('"}\n');
    expect(replies).toEqual([{ value: 'x'.repeat(BYTES) }]);
  });
});
