import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { type ClientListener, ClientSocket, CloseCode } from '@sendback/domain/gateway';
import type { PreparedFrame } from './frame';

/** What Node.js keeps for a frame that waits, in bytes, beside the frame. */
const FRAME_OVERHEAD = 64;

/** {@link ClientSocket} on ws. Frames go past it to the TCP socket: ready-made ones need nothing of its sender. */
export class WsClientSocket extends ClientSocket {
  private waiting = 0;
  private readonly written = (): void => {
    this.waiting--;
  };

  /** @param socket the one `ws` was made of, without compression */
  constructor(
    private readonly ws: WebSocket,
    private readonly socket: Duplex,
    listener: ClientListener,
  ) {
    super();
    listen(ws, listener);
  }

  get backlog(): number {
    const bytes = this.socket.writableLength;
    return bytes === 0 ? 0 : bytes + this.waiting * FRAME_OVERHEAD;
  }

  send({ plain }: PreparedFrame): boolean {
    if (this.ws.readyState !== WebSocket.OPEN) return false;
    this.waiting++;
    this.socket.write(plain, this.written);
    return true;
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
    this.ws.terminate();
  }
}

function listen(ws: WebSocket, listener: ClientListener): void {
  let broken: number | null = null;
  const heard = (): void => listener.heard();
  ws.on('message', (data, isBinary) => {
    const bytes = data as Buffer;
    const dataType = isBinary ? 'binary' : 'text';
    listener.receive({
      dataType,
      data: bytes.toString(isBinary ? 'base64' : 'utf8'),
      byteLength: bytes.length,
    });
  });
  ws.on('ping', heard);
  ws.on('pong', heard);
  ws.on('error', (error) => (broken = codeOf(error)));
  ws.on('close', (code, reason) => listener.closed(broken ?? code, reason.toString()));
}

/** ws closes with these itself; after that it reports 1006. */
function codeOf(error: Error): number {
  switch ((error as NodeJS.ErrnoException).code) {
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
