import type { Socket } from 'node:net';

/** The largest event that a function may give back as it came fits in. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;

const NEWLINE = 10;

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
  private pieces: Buffer[] = [];
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
    this.pieces.push(piece);
    this.bytes += piece.length;
    if (this.bytes > MAX_REPLY_BYTES) this.giveUp(`answered more than ${MAX_REPLY_BYTES} bytes`);
    else if (piece.at(-1) === NEWLINE) this.complete();
  }

  private complete(): void {
    const line = Buffer.concat(this.pieces).toString();
    this.pieces = [];
    this.bytes = 0;
    const reply = parse(line);
    if (reply) this.listener.reply(reply);
    else this.giveUp('answered what is not JSON');
  }

  private giveUp(reason: string): void {
    this.socket.destroy();
    this.pieces = [];
    this.listener.garbled(reason);
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
