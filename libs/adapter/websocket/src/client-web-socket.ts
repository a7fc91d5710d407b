import { type RawData, WebSocket } from 'ws';

/** What ws calls its side of `permessage-deflate`; its types leave it out. */
interface Inflating {
  readonly _extensions?: Readonly<Record<string, { cleanup(): void } | undefined>>;
}

/** Is told what happens on a connection. */
export interface ClientWebSocketOwner {
  received(data: Buffer, isBinary: boolean): void;
  failed(error: Error): void;
  closed(code: number, reason: Buffer): void;
  /** A close frame is going to be written, whoever began to close: ws answers a client's by itself. */
  beforeClose(): void;
}

/** The server's end of a connection. Its listeners are the same functions for all of them, to take no memory of each. */
export class ClientWebSocket extends WebSocket {
  private owner: ClientWebSocketOwner | null = null;

  /** To be called once, before anything can have happened. */
  belongTo(owner: ClientWebSocketOwner): void {
    this.owner = owner;
    this.on('message', receive).on('error', fail).on('close', end);
  }

  /** What {@link belongTo} was told. */
  static ownerOf(ws: WebSocket): ClientWebSocketOwner | null {
    return ws instanceof ClientWebSocket ? ws.owner : null;
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.owner?.beforeClose();
    super.close(code, reason);
  }

  /**
   * To be called after each message: ws keeps what decompressed it, some 50 KiB a client, although no message needs
   * what was left by another one (`client_no_context_takeover`).
   */
  releaseInflater(): void {
    (this as Inflating)._extensions?.['permessage-deflate']?.cleanup();
  }
}

function receive(this: WebSocket, data: RawData, isBinary: boolean): void {
  ClientWebSocket.ownerOf(this)?.received(data as Buffer, isBinary);
}

function fail(this: WebSocket, error: Error): void {
  ClientWebSocket.ownerOf(this)?.failed(error);
}

function end(this: WebSocket, code: number, reason: Buffer): void {
  ClientWebSocket.ownerOf(this)?.closed(code, reason);
}
