import { connect, type Socket } from 'node:net';

/** Far beyond every deadline of the listeners. */
const PATIENCE_MS = 60_000;

/**
 * Sends bytes over a connection of their own, and waits until it is closed, or upgraded.
 * @param ends whether the client ends its half after them
 * @returns the status of every answer; none where it was closed without one
 * @throws Error when the connection is neither closed nor upgraded
 */
export async function exchange(port: number, bytes: Uint8Array, ends: boolean): Promise<readonly number[]> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    if (!ends && /^HTTP\/1\.1 101 [^]*\r\n\r\n/.test(received)) socket.destroy();
  });
  // A listener that closes while bytes are still on their way resets the connection: that is a close as well.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  if (ends) socket.end(bytes);
  else socket.write(bytes);
  if (!(await isClosed(socket))) throw new Error(`neither closed nor upgraded: ${received.slice(0, 1_000)}`);
  return statusesOf(received);
}

/** Of answers one after the other, as far as they are whole; what follows a 101 is no HTTP. */
export function statusesOf(received: string): readonly number[] {
  const statuses: number[] = [];
  for (let at = 0; at < received.length;) {
    const end = received.indexOf('\r\n\r\n', at);
    const head = received.slice(at, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (end < 0) break;
    if (Number.isNaN(status)) throw new Error(`no answer: ${received.slice(at, at + 100)}`);
    statuses.push(status);
    if (status === 101) break;
    at = end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  }
  return statuses;
}

function isClosed(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => {
      resolve(false);
      socket.destroy();
    }, PATIENCE_MS);
    socket.once('close', () => {
      clearTimeout(patience);
      resolve(true);
    });
  });
}
