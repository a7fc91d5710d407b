import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { Refusal } from './answers';
import { PushBodies } from './push-bodies';

const MAX_AT_ONCE = 2_000_000;
const incomingRequest = (): IncomingMessage =>
  Object.assign(new PassThrough(), { headers: {} }) as unknown as IncomingMessage;

let bodies: PushBodies;
beforeEach(() => {
  bodies = new PushBodies(MAX_AT_ONCE);
});

it('a body whose sender vanishes is no bug of the gateway', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pending = request({ port, method: 'POST', headers: { 'content-length': 100 } });
  pending.on('error', () => undefined).write('{');
  const failure = await new Promise<unknown>((resolve) =>
    server.on('request', (incoming) => {
      bodies.read(incoming, 1_000).catch(resolve);
      pending.destroy();
    }),
  );
  await new Promise((resolve) => server.close(resolve));
  expect(failure).toBeInstanceOf(Refusal);
});

describe('a body that comes byte by byte', () => {
  const BYTES = 1_000_000;

  it('is read whole, and takes a small multiple of its size', async () => {
    const incoming = incomingRequest();
    const body = bodies.read(incoming, BYTES);
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    for (let at = 0; at < BYTES; at++) {
      incoming.emit('data', Buffer.of(at % 251));
      if (at % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    incoming.emit('end');
    expect(await body).toEqual(Buffer.from(Array.from({ length: BYTES }, (_, at) => at % 251)));
    // Held one by one they take 200 MiB.
    process.stdout.write(`${BYTES} bytes one by one: ${Math.round(most / 1024 / 1024)} MiB at most\n`);
    expect(most).toBeLessThan(64 * 1024 * 1024);
  });

  it('is not kept past its limit', async () => {
    const incoming = incomingRequest();
    const body = bodies.read(incoming, 3_000);
    for (let at = 0; at < 3_001; at++) incoming.emit('data', Buffer.of(1));
    expect(await body).toBeNull();
  });
});

describe('bodies that come at once', () => {
  const begin = (length: number) => {
    const incoming = incomingRequest();
    const body = bodies.read(incoming, MAX_AT_ONCE);
    incoming.emit('data', Buffer.alloc(length));
    return { incoming, body };
  };
  const HALF = MAX_AT_ONCE / 2;

  it('are refused as soon as they are too many bytes together, and let the others go on', async () => {
    const first = begin(HALF);
    const second = begin(HALF);
    const third = begin(1);
    await expect(third.body).rejects.toMatchObject({
      answer: { status: 503, errNo: 503, headers: { 'Retry-After': '1' } },
    });
    third.incoming.emit('data', Buffer.alloc(HALF));
    for (const { incoming, body } of [first, second]) {
      incoming.emit('end');
      expect(await body).toHaveLength(HALF);
    }
  });

  it.each<[string, (incoming: IncomingMessage) => void]>([
    ['is read', (incoming) => incoming.emit('end')],
    ['breaks off', (incoming) => incoming.emit('error', new Error('aborted'))],
    ['is larger than it may be', (incoming) => incoming.emit('data', Buffer.alloc(MAX_AT_ONCE))],
  ])('have room again when one %s, once', async (_, end) => {
    for (let time = 0; time < 3; time++) {
      const { incoming, body } = begin(HALF);
      end(incoming);
      incoming.emit('end');
      await body.catch(() => undefined);
    }
    const kept = begin(MAX_AT_ONCE);
    await expect(begin(1).body).rejects.toThrow('too many pushes at once');
    kept.incoming.emit('end');
    expect(await kept.body).toHaveLength(MAX_AT_ONCE);
  });
});
