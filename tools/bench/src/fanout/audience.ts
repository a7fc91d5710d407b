import type { Socket } from 'node:net';
import { openClient } from './client';
import { Listener } from './listener';
import { type Dialect, frameOf, isLike, PLAIN } from './message';
import type { Group } from './served';
import { sharedNow } from './tool-server';

const READ_BYTES = 256 * 1024;
/** Of the clients, one in so many has the content and order of all it gets looked at. */
const SAMPLED = 50;

/** How clients join. */
export interface Joining extends Group {
  readonly port: number;
  readonly dialect?: Dialect;
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
  readonly dialect?: Dialect;
  /** Whether each message that all have is told of, when it is. */
  readonly tell?: boolean;
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
  private readonly buffer: Buffer<ArrayBuffer> = Buffer.allocUnsafe(READ_BYTES);
  private expected: Expected = { from: 0, bytes: 0, clients: 0, lines: 1 };
  private like: Buffer = Buffer.alloc(0);
  private arrivals: number[] = [];
  private lastAt: (number | null)[] = [];
  private deliveries = 0;
  private sampled = 0;
  private amiss = 0;

  /** @param complete is told of messages that all have */
  constructor(private readonly complete: (number: number) => void) {}

  async join(joining: Joining): Promise<void> {
    for (let at = 0; at < joining.count; at += SAMPLED) {
      const some = Math.min(SAMPLED, joining.count - at);
      await Promise.all(Array.from({ length: some }, (_, index) => this.open(joining, index === 0)));
    }
  }

  expect(expected: Expected): void {
    this.expected = expected;
    this.like = frameOf(0, expected.bytes, expected.dialect);
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

  private open({ port, path, dialect = PLAIN }: Joining, sample: boolean): Promise<unknown> {
    const client = new Listener(dialect, this.arrive, sample ? this.inspect : null);
    const take = (length: number, socket: Socket): void =>
      client.take(this.buffer, length, this.like.length, socket);
    return openClient({ port, path, dialect, buffer: this.buffer }, take);
  }

  private readonly arrive = (number: number): void => {
    const index = number - this.expected.from;
    this.deliveries++;
    const arrived = (this.arrivals[index] ?? 0) + 1;
    this.arrivals[index] = arrived;
    if (arrived !== this.expected.clients) return;
    this.lastAt[index] = sharedNow();
    if (this.expected.tell) this.complete(number);
  };

  private readonly inspect = (
    last: Map<number, number>,
    number: number,
    buffer: Buffer,
    at: number,
  ): void => {
    this.sampled++;
    const { lines, dialect } = this.expected;
    const line = number % lines;
    if (!isLike(this.like, buffer, at, dialect) || number <= (last.get(line) ?? -1)) this.amiss++;
    last.set(line, number);
  };
}
