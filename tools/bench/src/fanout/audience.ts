import { connect, type Socket } from 'node:net';
import { frameOf, isLike, numberAt } from './message';
import { sharedNow } from './tool-server';

const READ_BYTES = 256 * 1024;
/** Of the clients, one in so many has the content and order of all it gets looked at. */
const SAMPLED = 50;

/** How clients join. */
export interface Joining {
  readonly port: number;
  readonly path: string;
  readonly count: number;
}

/** What is going to be pushed. */
export interface Expected {
  /** Numbers from here on. */
  readonly from: number;
  readonly bytes: number;
  /** That get each of them. */
  readonly clients: number;
  /** Numbers that leave the same remainder come in order. */
  readonly lines: number;
}

/** Waits for so many deliveries, or until none has come for so long. */
export interface Awaited {
  readonly deliveries: number;
  readonly patienceMs: number;
}

export interface Heard {
  readonly deliveries: number;
  /** By message from the first on: when its last recipient had it, on the shared clock. Null when not all got it. */
  readonly lastAt: readonly (number | null)[];
  /** Frames looked at, and how many of them were not what they had to be, or out of order. */
  readonly sampled: number;
  readonly amiss: number;
}

/** Clients that count what they are given; frames are parsed no further than that takes. */
export class Audience {
  private readonly sockets: Socket[] = [];
  private readonly buffer: Buffer<ArrayBuffer> = Buffer.allocUnsafe(READ_BYTES);
  private expected: Expected = { from: 0, bytes: 0, clients: 0, lines: 1 };
  private like: Buffer = Buffer.alloc(0);
  private arrivals: number[] = [];
  private lastAt: (number | null)[] = [];
  private deliveries = 0;
  private sampled = 0;
  private amiss = 0;

  async join({ port, path, count }: Joining): Promise<void> {
    for (let at = 0; at < count; at += SAMPLED) {
      const some = Math.min(SAMPLED, count - at);
      await Promise.all(Array.from({ length: some }, (_, index) => this.open(port, path, index === 0)));
    }
  }

  leave(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
  }

  expect(expected: Expected): void {
    this.expected = expected;
    this.like = frameOf(0, expected.bytes);
    this.arrivals = [];
    this.lastAt = [];
    this.deliveries = this.sampled = this.amiss = 0;
  }

  async heard({ deliveries, patienceMs }: Awaited): Promise<Heard> {
    for (let before = -1, since = sharedNow(); this.deliveries < deliveries;) {
      if (this.deliveries !== before) since = sharedNow();
      else if (sharedNow() - since > patienceMs) break;
      before = this.deliveries;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { lastAt, sampled, amiss } = this;
    return { deliveries: this.deliveries, lastAt: Array.from(lastAt, (at) => at ?? null), sampled, amiss };
  }

  private open(port: number, path: string, sample: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const client = new Listener(this.arrive, sample ? this.inspect : null);
      let upgraded = false;
      const read = (length: number): boolean => {
        if (upgraded) client.take(this.buffer, length, this.like.length);
        else if (this.buffer.toString('latin1', 0, length).startsWith('HTTP/1.1 101')) upgraded = true;
        else socket.destroy(new Error(this.buffer.toString('latin1', 0, length)));
        if (upgraded) resolve();
        return true;
      };
      const onread = { buffer: this.buffer, callback: read };
      const socket = connect({ host: '127.0.0.1', port, onread }, () => socket.write(upgradeOf(path)));
      socket.setNoDelay(true);
      socket.on('error', reject);
      this.sockets.push(socket);
    });
  }

  private readonly arrive = (number: number): void => {
    const index = number - this.expected.from;
    this.deliveries++;
    const arrived = (this.arrivals[index] ?? 0) + 1;
    this.arrivals[index] = arrived;
    if (arrived === this.expected.clients) this.lastAt[index] = sharedNow();
  };

  private readonly inspect = (
    last: Map<number, number>,
    number: number,
    buffer: Buffer,
    at: number,
  ): void => {
    this.sampled++;
    const line = number % this.expected.lines;
    if (!isLike(this.like, buffer, at) || number <= (last.get(line) ?? -1)) this.amiss++;
    last.set(line, number);
  };
}

/** The frames of one client, all of the same length. */
class Listener {
  private part: Buffer = Buffer.alloc(0);
  private partLength = 0;
  private readonly last = new Map<number, number>();

  constructor(
    private readonly arrive: (number: number) => void,
    private readonly inspect:
      ((last: Map<number, number>, number: number, buffer: Buffer, at: number) => void) | null,
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
    const number = numberAt(buffer, at);
    this.arrive(number);
    this.inspect?.(this.last, number, buffer, at);
  }
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
