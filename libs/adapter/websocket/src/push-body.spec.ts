import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { Refusal } from './answers';
import { readBody } from './push-body';

it('a body whose sender vanishes is no bug of the gateway', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pending = request({ port, method: 'POST', headers: { 'content-length': 100 } });
  pending.on('error', () => undefined).write('{');
  const failure = await new Promise<unknown>((resolve) =>
    server.on('request', (incoming) => {
      readBody(incoming, 1_000).catch(resolve);
      pending.destroy();
    }),
  );
  await new Promise((resolve) => server.close(resolve));
  expect(failure).toBeInstanceOf(Refusal);
});

describe('a body that comes byte by byte', () => {
  const BYTES = 1_000_000;

  it('is read whole, and takes a small multiple of its size', async () => {
    const incoming = Object.assign(new PassThrough(), { headers: {} }) as unknown as IncomingMessage;
    const body = readBody(incoming, BYTES);
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
    const incoming = Object.assign(new PassThrough(), { headers: {} }) as unknown as IncomingMessage;
    const body = readBody(incoming, 3_000);
    for (let at = 0; at < 3_001; at++) incoming.emit('data', Buffer.of(1));
    expect(await body).toBeNull();
  });
});
