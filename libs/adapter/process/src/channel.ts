import type { Socket } from 'node:net';

/** The largest event that a function may give back as it came fits in. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;

const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

/** What a runner says: that it has loaded the file, what the function returned, or how loading or running it failed. */
export interface Reply {
  readonly ready?: boolean;
  readonly value?: unknown;
  /** In short. */
  readonly failed?: string;
  readonly trace?: string;
}

export interface ChannelListener {
  reply(reply: Reply): void;
  /** What arrived is no reply. */
  garbled(reason: string): void;
}

/** One line of JSON there, one line of JSON back. */
export class Channel {
  /** Room for twice what came, so that byte by byte costs little more than at once. */
  private held = NOTHING;
  private bytes = 0;

  constructor(
    private readonly socket: Socket,
    private readonly listener: ChannelListener,
  ) {
    socket.on('data', (piece: Buffer) => this.receive(piece));
  }

  send(request: unknown): void {
    this.socket.write(`${JSON.stringify(request)}\n`);
  }

  private receive(piece: Buffer): void {
    const bytes = this.bytes + piece.length;
    if (bytes > this.held.length) this.held = Buffer.concat([this.held], 2 * bytes);
    piece.copy(this.held, this.bytes);
    this.bytes = bytes;
    if (bytes > MAX_REPLY_BYTES) this.giveUp(`answered more than ${MAX_REPLY_BYTES} bytes`);
    else if (piece.at(-1) === NEWLINE) this.complete();
  }

  private complete(): void {
    const line = this.held.toString('utf8', 0, this.bytes);
    this.clear();
    const reply = parse(line);
    if (reply) this.listener.reply(reply);
    else this.giveUp('answered what is not JSON');
  }

  private giveUp(reason: string): void {
    this.socket.destroy();
    this.clear();
    this.listener.garbled(reason);
  }

  private clear(): void {
    this.held = NOTHING;
    this.bytes = 0;
  }
}

function parse(line: string): Reply | null {
  try {
    const reply: unknown = JSON.parse(line);
    return typeof reply === 'object' ? reply : null;
  } catch {
    return null;
  }
}
