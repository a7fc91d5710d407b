import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type ClientListener, ClientSocket, CloseCode } from '@sendback/domain/gateway';
import type { ClientWebSocket, ClientWebSocketOwner } from './client-web-socket';
import type { Deflater } from './deflater';
import type { PreparedFrame } from './frame';
import type { FrameOutlet, FrameWindow } from './frame-window';
import type { JoinedFrames } from './joined-frames';

/** What Node.js keeps for a write that waits, in bytes, beside what is written. */
const WRITE_OVERHEAD = 64;

/** Frames are joined up to so many bytes; with more, copying them costs what another write would. */
const MAX_JOINED_BYTES = 64 * 1024;

/** The TCP socket below TLS, which Node.js has no public name for: above it, bytes are counted by records of up to 16 KiB. */
interface OverTls {
  readonly _parent?: Socket | null;
}

/**
 * {@link ClientSocket} on ws. Frames go past it to the TCP socket: ready-made ones need nothing of its sender, and none
 * of them ever waits there.
 */
export class WsClientSocket extends ClientSocket implements FrameOutlet, ClientWebSocketOwner {
  /** To be joined with what follows. */
  private pending: JoinedFrames | null = null;
  /** Whether the window is going to flush. */
  private due = false;
  private lastUsed = 0;
  /** Writes that wait for the network. */
  private waiting = 0;
  /** Called when one of them was taken; only slow clients have it. */
  private written: (() => void) | null = null;
  /** What ws found wrong with what the client sent, as a close code. */
  private broken: number | null = null;

  /**
   * @param socket the one `ws` was made of
   * @param deflater null when compression was not agreed on
   */
  constructor(
    private readonly ws: ClientWebSocket,
    private readonly socket: Socket,
    private readonly window: FrameWindow,
    private readonly deflater: Deflater | null,
    private readonly listener: ClientListener,
  ) {
    super();
    ws.belongTo(this);
  }

  get backlog(): number {
    const bytes = this.socket.writableLength;
    const pending = this.pending?.byteLength ?? 0;
    return bytes === 0 ? pending : pending + bytes + this.waiting * WRITE_OVERHEAD;
  }

  get bytesRead(): number {
    return ((this.socket as OverTls)._parent ?? this.socket).bytesRead;
  }

  send(frame: PreparedFrame, more = false): boolean {
    if (this.ws.readyState !== WebSocket.OPEN) return false;
    const bytes = this.deflater ? this.deflater.bytesOf(frame) : frame.plain;
    if (!this.window.isOpen || bytes.length >= MAX_JOINED_BYTES) {
      this.writePending();
      this.write(bytes);
    } else if (!more && !this.due && this.window.isIdle(this.lastUsed)) {
      this.lastUsed = this.window.pass();
      this.write(bytes);
    } else this.join(bytes);
    return true;
  }

  flush(): void {
    this.due = false;
    this.lastUsed = this.window.pass();
    this.writePending();
  }

  pause(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }

  ping(): void {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.ping();
  }

  close(code: number, reason: string): void {
    this.ws.resume();
    this.ws.close(code, reason);
  }

  terminate(): void {
    this.pending = null;
    this.ws.terminate();
  }

  received(data: Buffer, isBinary: boolean): void {
    this.ws.releaseInflater();
    this.listener.receive({
      dataType: isBinary ? 'binary' : 'text',
      data: data.toString(isBinary ? 'base64' : 'utf8'),
      byteLength: data.length,
    });
  }

  failed(error: Error): void {
    this.broken = codeOf(error);
  }

  closed(code: number, reason: Buffer): void {
    this.listener.closed(this.broken ?? code, reason.toString());
  }

  beforeClose(): void {
    this.writePending();
  }

  private join(bytes: Buffer): void {
    if (this.pending && this.pending.byteLength + bytes.length > MAX_JOINED_BYTES) this.writePending();
    this.pending = (this.pending ?? this.window.start).then(bytes);
    if (this.due) return;
    this.due = true;
    this.lastUsed = this.window.use(this, this.lastUsed);
  }

  /** Unless the end came first: nothing follows a close frame. */
  private writePending(): void {
    const { pending } = this;
    if (!pending) return;
    this.pending = null;
    if (this.ws.readyState === WebSocket.OPEN) this.write(pending.bytes);
  }

  private write(bytes: Buffer): void {
    if (this.socket.writableLength === 0) {
      this.socket.write(bytes);
      return;
    }
    this.waiting++;
    this.written ??= () => this.waiting--;
    this.socket.write(bytes, this.written);
  }
}

/** ws closes with these itself; after that it reports 1006. */
function codeOf(error: Error): number {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('Z_')) return CloseCode.invalidText;
  switch (code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return CloseCode.tooBig;
    case 'WS_ERR_INVALID_UTF8':
      return CloseCode.invalidText;
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return CloseCode.policyViolation;
    default:
      return CloseCode.protocolError;
  }
}
