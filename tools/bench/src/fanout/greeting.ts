import type { Socket } from 'node:net';

const TEXT_FRAME = 0x81;
const MASKED = 0x80;
const NO_MASK = [0, 0, 0, 0];

/** Engine.IO's "open", answered by Socket.IO's "connect", which the server answers in its turn. */
export class SocketIoGreeting {
  private asked = false;

  /** @returns whether the client has joined */
  take(text: string, socket: Socket): boolean {
    if (!this.asked && text.includes('0{"sid"')) {
      this.asked = true;
      socket.write(maskedFrame(TEXT_FRAME, Buffer.from('40')));
    }
    return text.includes('40{"sid"');
  }
}

/** As clients send them, with a mask that changes nothing; of 125 bytes at most. */
export function maskedFrame(firstByte: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([firstByte, MASKED | payload.length, ...NO_MASK]), payload]);
}
