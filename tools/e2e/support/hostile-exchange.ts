import { connect, type Socket } from 'node:net';
import type { HostileCase } from './hostile-case';
import { Transcript } from './hostile-transcript';

/** Far beyond every deadline of the gateway. */
const PATIENCE_MS = 90_000;

/** Between two bytes. */
const DRIP_MS = 250;

/**
 * Does what the case says over a connection of its own, until that has ended.
 * @returns what came back, see {@link Transcript}; `left` when the client went first, `stuck: …` when nobody did
 */
export async function exchange(port: number, hostile: HostileCase): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const transcript = new Transcript();
  let isUpgraded = false;
  socket.on('data', (chunk) => {
    transcript.add(chunk);
    if (transcript.isClosed) socket.end();
    else if (!isUpgraded && transcript.isUpgraded) send(socket, hostile.frames, hostile.then);
    isUpgraded = transcript.isUpgraded;
  });
  // Whoever ends a connection while bytes are still on their way to it resets it: that is an end as well.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  send(socket, hostile.request, hostile.frames ? 'waits' : hostile.then);
  if (!(await isClosed(socket))) return `stuck: ${transcript.text}`;
  if (hostile.then === 'resets') return 'left';
  transcript.end();
  return transcript.text;
}

async function isClosed(socket: Socket): Promise<boolean> {
  const patience = setTimeout(() => socket.destroy(new Error('stuck')), PATIENCE_MS);
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(patience);
  return socket.errored?.message !== 'stuck';
}

function send(socket: Socket, bytes: Buffer | undefined, then: HostileCase['then']): void {
  if (!bytes) return;
  if (then === 'halves') socket.end(bytes);
  else if (then === 'resets') socket.write(bytes, () => socket.resetAndDestroy());
  else socket.write(bytes);
  if (then === 'drips') drip(socket);
}

function drip(socket: Socket): void {
  const another = (): void => {
    if (socket.writable) socket.write('x');
  };
  // After what has come is read: a write to a connection that was ended would destroy the socket before that.
  const timer = setInterval(() => setImmediate(another), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
}
