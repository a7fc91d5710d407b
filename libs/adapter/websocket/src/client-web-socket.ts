import { WebSocket } from 'ws';

/** What ws calls its side of `permessage-deflate`; its types leave it out. */
interface Inflating {
  readonly _extensions?: Readonly<Record<string, { cleanup(): void } | undefined>>;
}

/** The server's end of a connection, with two things that ws lacks. */
export class ClientWebSocket extends WebSocket {
  /** Called before a close frame is written, whoever began to close: ws answers a client's by itself. */
  beforeClose: (() => void) | null = null;

  override close(code?: number, reason?: string | Buffer): void {
    this.beforeClose?.();
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
