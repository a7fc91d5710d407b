import { type ClientListener, type ClientMessage, ClientSocket } from './client-socket.port';
import { CloseCode } from './close-code';

/** A socket and the client at its other end, whose doings are the methods in the third person. */
export class MemoryClientSocket extends ClientSocket {
  /** What reached the client. */
  readonly received: Uint8Array[] = [];
  /** The close that reached the client. */
  closeFrame: { readonly code: number; readonly reason: string } | null = null;
  pings = 0;
  bytesRead = 0;
  paused = false;
  /** Whether the client answers pings and closes. */
  responsive = true;

  private readonly unread: Uint8Array[] = [];
  private reading = true;
  private heldBack: ClientMessage[] = [];
  private state: 'open' | 'closing' | 'ended' = 'open';

  constructor(private readonly listener: ClientListener) {
    super();
  }

  get backlog(): number {
    return this.unread.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  send(frame: Uint8Array): boolean {
    if (this.state !== 'open') return false;
    (this.reading ? this.received : this.unread).push(frame);
    return true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    for (let next = this.heldBack.shift(); next; next = this.heldBack.shift()) this.listener.receive(next);
  }

  ping(): void {
    if (this.state !== 'open') return;
    this.pings++;
    if (this.responsive) void Promise.resolve().then(() => this.sends(2));
  }

  close(code: number, reason: string): void {
    if (this.state !== 'open') return;
    this.resume();
    this.state = 'closing';
    if (this.reading) this.closeFrame = { code, reason };
    if (this.responsive) void Promise.resolve().then(() => this.end(code, reason));
  }

  terminate(): void {
    this.end(CloseCode.dropped, '');
  }

  /** Bytes that complete no message. */
  sends(bytes: number): void {
    if (this.state !== 'ended') this.bytesRead += bytes;
  }

  says(message: ClientMessage): void {
    if (this.state === 'ended') return;
    this.sends(message.byteLength);
    if (this.paused) this.heldBack.push(message);
    else this.listener.receive(message);
  }

  closes(code: number, reason: string): void {
    this.end(code, reason);
  }

  vanishes(): void {
    this.end(CloseCode.dropped, '');
  }

  stopsReading(): void {
    this.reading = false;
    this.responsive = false;
  }

  readsOn(): void {
    this.reading = true;
    this.responsive = true;
    this.received.push(...this.unread.splice(0));
  }

  private end(code: number, reason: string): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.listener.closed(code, reason);
  }
}
