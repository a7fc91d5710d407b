import type * as http from 'node:http';
import { Server } from 'node:net';

/** Callers let go of idle connections after a second: what is still idle then may be cut without loss. */
const LINGER_MS = 2_000;

/** As many connections as the system holds for a server to accept. */
const MAX_BACKLOG = 511;

/**
 * Listens no more, and resolves when the last connection has ended. It loses no request: one that is on its way when
 * its connection is cut would get no answer, and its caller could not tell whether it was carried out. So connections
 * are left open; whoever answers on them announces `Connection: close`.
 */
export async function drain(server: http.Server): Promise<void> {
  await takeInBacklog(server);
  const letGo = setInterval(() => server.closeIdleConnections(), LINGER_MS);
  // The one of http.Server cuts idle connections at once.
  await new Promise((resolve) => Server.prototype.close.call(server, resolve));
  clearInterval(letGo);
}

/** Whoever has connected, and was not accepted yet, is reset when the server ceases to listen. */
async function takeInBacklog(server: http.Server): Promise<void> {
  let arrivals = 0;
  const count = (): void => {
    arrivals++;
  };
  server.on('connection', count);
  // The first turn may be one that has looked for connections already; each accepts one.
  for (let turn = 0, idle = 0; idle < 2 && turn < MAX_BACKLOG; turn++) {
    const before = arrivals;
    await new Promise(setImmediate);
    idle = arrivals > before ? 0 : idle + 1;
  }
  server.off('connection', count);
}
