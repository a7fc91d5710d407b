import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Systems take the ports of outgoing connections from above this range (Linux from 32768, macOS from 49152). */
const LOWEST = 20_000;
const ABOVE = 32_768;
const ATTEMPTS = 1_000;

/**
 * Ports on 127.0.0.1 that nobody listens on, all different. A server that is down for a while finds its own free
 * when it comes back: no client is given it for an outgoing connection, not even for one to that very port.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt++) {
    if (attempt === ATTEMPTS) throw new Error(`found no free port from ${LOWEST} to ${ABOVE - 1}`);
    const port = randomInt(LOWEST, ABOVE);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
