import { connect, type Socket } from 'node:net';
import { SocketIoGreeting } from './greeting';
import type { Dialect } from './message';

export interface Opening {
  readonly port: number;
  readonly path: string;
  readonly dialect: Dialect;
  /** Where all that it is sent is read into; one is enough for all clients of a process. */
  readonly buffer: Buffer<ArrayBuffer>;
}

/**
 * A WebSocket client that leaves frames to others. Resolves when it has joined; bytes that come with the last of the
 * handshake are dropped.
 * @param take is told how many bytes are in the buffer
 * @throws Error with what the server says instead
 */
export function openClient(
  { port, path, dialect, buffer }: Opening,
  take: (length: number, socket: Socket) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const greeting = dialect.socketIo ? new SocketIoGreeting() : null;
    let upgraded = false;
    let joined = false;
    const greet = (text: string): void => {
      upgraded ||= text.startsWith('HTTP/1.1 101');
      if (!upgraded) socket.destroy(new Error(text));
      else joined = greeting === null || greeting.take(text, socket);
      if (joined) resolve(socket);
    };
    const read = (length: number): boolean => {
      if (joined) take(length, socket);
      else greet(buffer.toString('latin1', 0, length));
      return true;
    };
    const onread = { buffer, callback: read };
    const socket = connect({ host: '127.0.0.1', port, onread }, () => socket.write(upgradeOf(path)));
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
  });
}

function upgradeOf(path: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: bench',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '',
    '',
  ].join('\r\n');
}
