import type { ClientMessage } from './client-socket.port';
import type { GatewayLimits } from './limits';

/** What a client said and the transfer function has not answered yet, in order. */
export class Inbox {
  private messages: ClientMessage[] = [];
  private bytes = 0;

  constructor(private readonly limits: GatewayLimits) {}

  get first(): ClientMessage | undefined {
    return this.messages[0];
  }

  get length(): number {
    return this.messages.length;
  }

  /** At a limit: nothing more should be read. */
  get isFull(): boolean {
    const { inboxMessages, inboxBytes } = this.limits;
    return this.messages.length >= inboxMessages || this.bytes >= inboxBytes;
  }

  /** At most half of either limit: reading may go on. */
  get hasRoom(): boolean {
    const { inboxMessages, inboxBytes } = this.limits;
    return this.messages.length <= inboxMessages / 2 && this.bytes <= inboxBytes / 2;
  }

  add(message: ClientMessage): void {
    this.messages.push(message);
    this.bytes += message.byteLength;
  }

  removeFirst(): void {
    this.bytes -= this.messages.shift()?.byteLength ?? 0;
  }

  clear(): void {
    this.messages = [];
    this.bytes = 0;
  }
}
