import type { ClientMessage } from './client-socket.port';
import type { GatewayLimits } from './limits';

/** What a client said and the transfer function has not answered yet: some of it waits, in order, some is under way. */
export class Inbox {
  private waiting: ClientMessage[] = [];
  private messages = 0;
  private bytes = 0;

  constructor(private readonly limits: GatewayLimits) {}

  /** Messages that were not answered yet. */
  get length(): number {
    return this.messages;
  }

  /** At a limit: nothing more should be read. */
  get isFull(): boolean {
    const { inboxMessages, inboxBytes } = this.limits;
    return this.messages >= inboxMessages || this.bytes >= inboxBytes;
  }

  /** At most half of either limit: reading may go on. */
  get hasRoom(): boolean {
    const { inboxMessages, inboxBytes } = this.limits;
    return this.messages <= inboxMessages / 2 && this.bytes <= inboxBytes / 2;
  }

  add(message: ClientMessage): void {
    this.waiting.push(message);
    this.messages++;
    this.bytes += message.byteLength;
  }

  /** The next that waits is under way from now on, until it is {@link answered}. */
  take(): ClientMessage | undefined {
    return this.waiting.shift();
  }

  answered({ byteLength }: ClientMessage): void {
    this.messages--;
    this.bytes -= byteLength;
  }

  /** Drops what waits. */
  clear(): void {
    for (const message of this.waiting) this.answered(message);
    this.waiting = [];
  }
}
