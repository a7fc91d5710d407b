import { connect, type Socket } from 'node:net';
import { textOf } from '../fanout/message';
import { sharedNow } from '../fanout/tool-server';
import { type Frame, takeFrames } from './frames';

/** Frames that leave in one write, so that whoever sends takes little of its core. */
const JOINED = 16;

export interface Door {
  readonly port: number;
  readonly path: string;
}

export interface Opening extends Door {
  readonly count: number;
  /** Of them. */
  readonly atOnce: number;
}

/** What each says: numbered from the last one on. */
export interface Talk {
  readonly messages: number;
  /** Of the text; 0 for a question who it is, which the transfer function answers. */
  readonly bytes: number;
  /** Whether each message comes back, or is answered, in order. */
  readonly replies: boolean;
  /** Of the messages of each, how many wait for their reply; null for as fast as TCP takes them. */
  readonly inFlight: number | null;
}

export interface Talked {
  readonly beganAt: number;
  /** When the last reply came, or where there are none the last message was written, on the clock of the machine. */
  readonly endedAt: number;
  readonly replies: number;
  readonly amiss: number;
}

/** Clients that send as fast as they may. */
export class Talkers {
  private talkers: Talker[] = [];

  /** @returns how long it took, in seconds @throws Error when one is refused */
  async open({ count, atOnce, ...door }: Opening): Promise<number> {
    const began = performance.now();
    let left = count;
    const opener = async (): Promise<void> => {
      while (left-- > 0) this.talkers.push(await Talker.open(door));
    };
    await Promise.all(Array.from({ length: atOnce }, opener));
    return (performance.now() - began) / 1_000;
  }

  async talk(talk: Talk): Promise<Talked> {
    const beganAt = sharedNow();
    const all = await Promise.all(this.talkers.map((talker) => talker.talk(talk)));
    return {
      beganAt,
      endedAt: sharedNow(),
      replies: all.reduce((sum, { replies }) => sum + replies, 0),
      amiss: all.reduce((sum, { amiss }) => sum + amiss, 0),
    };
  }

  leave(): void {
    for (const talker of this.talkers.splice(0)) talker.leave();
  }
}

class Talker {
  private number = 0;
  private next = 0;
  private replies = 0;
  private amiss = 0;
  private left = 0;
  private bytes = 0;
  private rest: Buffer = Buffer.alloc(0);
  private reached: { readonly replies: number; readonly go: () => void } | null = null;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.hear(chunk));
  }

  static open({ port, path }: Door): Promise<Talker> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port }, () => socket.write(upgradeOf(path)));
      socket.setNoDelay(true);
      socket.on('error', reject).on('close', () => reject(new Error('the connection was closed')));
      socket.once('data', (answer) => {
        if (answer.toString('latin1').startsWith('HTTP/1.1 101')) resolve(new Talker(socket));
        else socket.destroy(new Error(answer.toString()));
      });
    });
  }

  async talk({ messages, bytes, replies, inFlight }: Talk): Promise<{ replies: number; amiss: number }> {
    this.replies = this.amiss = 0;
    this.bytes = bytes;
    const all = replies ? this.until(messages) : null;
    const now = Math.min(messages, inFlight ?? messages);
    this.left = messages - now;
    for (let left = now; left > 0; left -= JOINED) {
      if (!this.send(Math.min(JOINED, left))) await this.drained();
    }
    await all;
    return { replies: this.replies, amiss: this.amiss };
  }

  leave(): void {
    this.socket.removeAllListeners('close');
    this.socket.on('error', () => undefined).destroy();
  }

  /** In one write. @returns whether more may follow at once */
  private send(count: number): boolean {
    const frames = Array.from({ length: count }, () => messageFrame(this.number++, this.bytes));
    return this.socket.write(Buffer.concat(frames));
  }

  private async drained(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.once('drain', resolve));
  }

  private until(replies: number): Promise<void> {
    return new Promise((go) => (this.reached = { replies, go }));
  }

  private hear(chunk: Buffer): void {
    this.rest = takeFrames(this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk, (frame) =>
      this.take(frame),
    );
    if (this.reached && this.replies >= this.reached.replies) this.reached.go();
  }

  private take({ opcode, payload }: Frame): void {
    // Pings and the like are none.
    if (opcode > 2) return;
    if (numberIn(payload) !== this.next) this.amiss++;
    this.next++;
    this.replies++;
    if (this.left > 0) {
      this.left--;
      this.send(1);
    }
  }
}

/** Of a text that begins with it, or of an answer that carries it as `id`. */
function numberIn(payload: Buffer): number {
  const text = payload.toString('latin1');
  return Number(text.startsWith('{') ? /"id":"(\d{8})"/.exec(text)?.[1] : text.slice(0, 8));
}

function messageFrame(number: number, bytes: number): Buffer {
  const id = textOf(number, 8);
  const text = Buffer.from(bytes === 0 ? `{"action":"whoami","id":"${id}"}` : textOf(number, bytes));
  // The mask is zero, which leaves the text as it is.
  const header =
    text.length < 126
      ? [0x81, 0x80 | text.length, 0, 0, 0, 0]
      : [0x81, 0x80 | 126, text.length >> 8, text.length & 255, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from(header), text]);
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
