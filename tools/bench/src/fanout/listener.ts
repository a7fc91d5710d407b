import { type Dialect, numberAt } from './message';

/** Is shown a frame, and the last number of each line that its client was given. */
export type Inspect = (last: Map<number, number>, number: number, buffer: Buffer, at: number) => void;

/** The frames of one client, all of the same length. */
export class Listener {
  private part: Buffer = Buffer.alloc(0);
  private partLength = 0;
  private readonly last = new Map<number, number>();

  constructor(
    private readonly dialect: Dialect,
    private readonly arrive: (number: number) => void,
    private readonly inspect: Inspect | null,
  ) {}

  take(buffer: Buffer, length: number, frameLength: number): void {
    for (let at = 0; at < length;) {
      const whole = this.partLength === 0 && length - at >= frameLength;
      if (whole) this.frame(buffer, at);
      at += whole ? frameLength : this.keep(buffer, at, length, frameLength);
    }
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
