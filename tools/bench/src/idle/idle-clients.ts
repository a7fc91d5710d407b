import type { Socket } from 'node:net';
import type { Joining } from '../fanout/audience';
import { openClient } from '../fanout/client';
import { maskedFrame } from '../fanout/greeting';
import { PLAIN } from '../fanout/message';

const AT_ONCE = 50;
const READ_BYTES = 64 * 1024;
const PING = 0x89;
const PONG = 0x8a;
const TEXT = 0x81;
/** Engine.IO's ping and pong, which are texts. */
const ENGINE_PING = Buffer.from([TEXT, 1, 0x32]);
const ENGINE_PONG = Buffer.from('3');

/** Clients that stay, answer pings and say nothing else. */
export class IdleClients {
  private readonly buffer: Buffer<ArrayBuffer> = Buffer.allocUnsafe(READ_BYTES);
  private open = 0;
  private pings = 0;

  async join({ port, path, count, dialect = PLAIN }: Joining): Promise<void> {
    const opening = { port, path, dialect, buffer: this.buffer };
    for (let at = 0; at < count; at += AT_ONCE) {
      const some = Math.min(AT_ONCE, count - at);
      const sockets = await Promise.all(Array.from({ length: some }, () => openClient(opening, this.answer)));
      for (const socket of sockets) socket.on('close', () => this.open--);
      this.open += sockets.length;
    }
  }

  /** How many are still connected, and how often they were asked whether they are. */
  count(): { readonly open: number; readonly pings: number } {
    return { open: this.open, pings: this.pings };
  }

  private readonly answer = (length: number, socket: Socket): void => {
    const read = this.buffer.subarray(0, length);
    if (read[0] === PING) socket.write(maskedFrame(PONG, Buffer.from(read.subarray(2, 2 + (read[1] ?? 0)))));
    else if (read.equals(ENGINE_PING)) socket.write(maskedFrame(TEXT, ENGINE_PONG));
    else return;
    this.pings++;
  };
}
