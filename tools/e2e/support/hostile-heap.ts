import { once } from 'node:events';
import WebSocket from 'ws';

/**
 * Bytes that a Node.js process holds on to, once its garbage is collected.
 * @param inspector what `--inspect` printed: `ws://…`
 */
export async function heldBytes(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector);
  await once(socket, 'open');
  await ask(socket, 'HeapProfiler.collectGarbage');
  const { usedSize } = await ask(socket, 'Runtime.getHeapUsage');
  socket.terminate();
  return Number(usedSize);
}

async function ask(socket: WebSocket, method: string): Promise<Readonly<Record<string, unknown>>> {
  socket.send(JSON.stringify({ id: 1, method }));
  const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(30_000) })) as [Buffer];
  return (JSON.parse(String(answer)) as { result: Readonly<Record<string, unknown>> }).result;
}
