import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { NodeExchange } from './node-exchange';

jest.setTimeout(60_000);

const BYTES = 1_000_000;

describe('an answer that comes byte by byte', () => {
  let server: Server;

  beforeEach(async () => {
    const piece = '1\r\nx\r\n';
    const bytes = Buffer.from(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${piece.repeat(BYTES)}0\r\n\r\n`,
    );
    server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end(bytes),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  it('is read whole, and takes a small multiple of its size', async () => {
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const { port } = server.address() as AddressInfo;
    const sent = request({ port, host: '127.0.0.1', method: 'POST', agent: false });
    sent.on('response', (response) => {
      let at = 0;
      response.on('data', () => {
        if (++at % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
      });
    });
    const { body } = await new NodeExchange(sent, []).answer;
    expect(body === 'x'.repeat(BYTES)).toBe(true);
    // Held one by one they take 200 MiB.
    process.stdout.write(`${BYTES} bytes one by one: ${Math.round(most / 1024 / 1024)} MiB at most\n`);
    expect(most).toBeLessThan(64 * 1024 * 1024);
  });
});
