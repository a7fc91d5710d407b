import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { readEvent } from './read-event';

const BYTES = 1_000_000;

describe('an event that comes byte by byte', () => {
  const begin = (maxBytes: number, confirm?: (body: Buffer) => void) => {
    const headers = { 'content-type': 'application/json' };
    const incoming = Object.assign(new PassThrough(), { headers }) as unknown as IncomingMessage;
    return { incoming, event: readEvent(incoming, maxBytes, confirm) };
  };

  it('is read whole, and takes a small multiple of its size', async () => {
    const { incoming, event } = begin(2 * BYTES);
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    incoming.emit('data', Buffer.from('"'));
    for (let at = 0; at < BYTES; at++) {
      incoming.emit('data', Buffer.from('x'));
      if (at % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    incoming.emit('data', Buffer.from('"'));
    incoming.emit('end');
    expect((await event) === 'x'.repeat(BYTES)).toBe(true);
    // Held one by one they take 200 MiB.
    process.stdout.write(`${BYTES} bytes one by one: ${Math.round(most / 1024 / 1024)} MiB at most\n`);
    expect(most).toBeLessThan(64 * 1024 * 1024);
  });

  it('is refused past its limit, before anybody looks at who signed it', async () => {
    const confirm = jest.fn();
    const { incoming, event } = begin(3_000, confirm);
    for (let at = 0; at < 3_001; at++) incoming.emit('data', Buffer.from('x'));
    await expect(event).rejects.toMatchObject({ answer: { status: 413 } });
    expect(confirm).not.toHaveBeenCalled();
  });
});
