import type { Socket } from 'node:net';
import { type Dialect, numberAt } from './message';

/** Without a payload, as the gateway sends it: two bytes. */
const PING = 0x89;
const PING_BYTES = 2;
/** Masked, as clients have to. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** Is shown a frame, and the last number of each line that its client was given. */
export type Inspect = (last: Map<number, number>, number: number, buffer: Buffer, at: number) => void;

/** The frames of one client, all of the same length, and pings between them. */
export class Listener {
  private part: Buffer = Buffer.alloc(0);
  private partLength = 0;
  private pingLength = 0;
  private readonly last = new Map<number, number>();

  constructor(
    private readonly dialect: Dialect,
    private readonly arrive: (number: number) => void,
    private readonly inspect: Inspect | null,
  ) {}

  take(buffer: Buffer, length: number, frameLength: number, socket: Pick<Socket, 'write'>): void {
    for (let at = 0; at < length;) {
      if (this.partLength === 0 && (this.pingLength > 0 || buffer[at] === PING)) {
        this.ping(socket);
        at++;
        continue;
      }
      const whole = this.partLength === 0 && length - at >= frameLength;
      if (whole) this.frame(buffer, at);
      at += whole ? frameLength : this.keep(buffer, at, length, frameLength);
    }
  }

  private ping(socket: Pick<Socket, 'write'>): void {
    if (++this.pingLength < PING_BYTES) return;
    this.pingLength = 0;
    socket.write(PONG);
  }

  private keep(buffer: Buffer, at: number, length: number, frameLength: number): number {
    if (this.part.length !== frameLength) this.part = Buffer.alloc(frameLength);
    const taken = Math.min(frameLength - this.partLength, length - at);
    buffer.copy(this.part, this.partLength, at, at + taken);
    this.partLength += taken;
    if (this.partLength === frameLength) {
      this.partLength = 0;
      this.frame(this.part, 0);
    }
    return taken;
  }

  private frame(buffer: Buffer, at: number): void {
    const number = numberAt(buffer, at, this.dialect);
    this.arrive(number);
    this.inspect?.(this.last, number, buffer, at);
  }
}
