import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type PushBody, type SinkOrders, SinkState } from './sink-state';

const CAPABILITIES = JSON.stringify({
  batch: true,
  maxConnections: 10_000,
  maxMessages: 256,
  maxBytes: 8 * 1024 * 1024,
});
const OK = '{"errNo":0,"errMsg":"ok","gone":[],"slow":[]}';

/**
 * A reverse push address (contract §4) that delivers to nobody and counts, cheaply: what is measured is not its speed.
 * Every path but those under `/sink/` is one; by these it is told what to do, and asked.
 */
export function sinkServer(): Server {
  let state = new SinkState({ delayMs: 0, sample: '', held: false });
  const orders: Record<string, (body: string) => unknown> = {
    '/sink/begin': (body) => {
      state = new SinkState(JSON.parse(body) as SinkOrders);
    },
    '/sink/release': () => state.release(),
    '/sink/reach': (body) => state.reach(Number(body)),
    '/sink/report': () => state.report(),
  };
  const answer = async (path: string, request: IncomingMessage): Promise<string> => {
    const order = orders[path];
    if (!order && request.method === 'GET') return CAPABILITIES;
    const body = await bodyOf(request);
    if (order) return JSON.stringify((await order(body)) ?? {});
    await state.take(path, JSON.parse(body) as PushBody);
    return OK;
  };
  return createServer((request, response) => {
    answer(request.url ?? '/', request).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}
