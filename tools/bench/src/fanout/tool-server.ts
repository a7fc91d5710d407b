import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a process of the tool does when it is told to, by path. What it returns is sent back as JSON. */
export type Orders = Readonly<Record<string, (body: Buffer) => unknown>>;

/** Takes orders in this process, and prints the port for {@link ToolProcess}. */
export function takeOrders(orders: Orders): Server {
  const answer = async (request: IncomingMessage): Promise<string> => {
    const order = orders[request.url ?? ''];
    if (!order) throw new Error(`no order ${request.url}`);
    return JSON.stringify((await order(await bodyOf(request))) ?? {});
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.keepAliveTimeout = 0;
  return server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`);
  });
}

/** Milliseconds of the clock that all processes of the machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
