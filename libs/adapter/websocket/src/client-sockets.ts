import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Server, type ServerOptions, WebSocketServer } from 'ws';
import type { ClientListener, ClientSocket } from '@sendback/domain/gateway';
import { Answers } from './answers';
import { ClientWebSocket } from './client-web-socket';
import { acceptableOffer } from './compression';
import { Deflater } from './deflater';
import { FrameWindow } from './frame-window';
import { sendRaw } from './http-server';
import { WsClientSocket } from './ws-client-socket';

const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * A message may arrive in so many pieces, and one more for so many bytes: each costs 400 bytes beside its own, and some
 * send byte by byte.
 */
const MIN_PIECES = 1_024;
const BYTES_A_PIECE = 256;

/** What a client has to answer a close with its own, in milliseconds; after it the connection is cut. */
const CLOSE_TIMEOUT_MS = 5_000;

/** So that neither side keeps a window for a connection, and one compressed frame serves all clients. */
const NO_CONTEXT = { serverNoContextTakeover: true, clientNoContextTakeover: true };

export interface ClientSocketsOptions {
  /** Milliseconds in which frames for one client are joined to one write; 0 for none. */
  readonly frameWindowMs: number;
  /** Of one client message, decompressed, in bytes; 1 MiB by default. What is larger closes the connection with 1009. */
  readonly maxMessageBytes?: number;
  /** `permessage-deflate` with clients that offer it; none by default. */
  readonly compression?: boolean;
}

/** Makes clients' sockets of upgrade requests that were let in. */
export class ClientSockets {
  private readonly server: Server<typeof ClientWebSocket>;
  private readonly window: FrameWindow;
  private readonly deflater: Deflater | null;

  constructor(options: ClientSocketsOptions) {
    const { maxMessageBytes = MAX_MESSAGE_BYTES, frameWindowMs, compression = false } = options;
    const server: ServerOptions<typeof ClientWebSocket> & {
      closeTimeout: number;
      maxBufferedChunks: number;
    } = {
      noServer: true,
      clientTracking: false,
      WebSocket: ClientWebSocket,
      perMessageDeflate: compression ? NO_CONTEXT : false,
      maxPayload: maxMessageBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
      maxBufferedChunks: MIN_PIECES + Math.ceil(maxMessageBytes / BYTES_A_PIECE),
    };
    this.server = new WebSocketServer(server);
    this.server.on('wsClientError', (_error, socket) => sendRaw(socket, Answers.badRequest));
    this.window = new FrameWindow(frameWindowMs);
    this.deflater = compression ? new Deflater() : null;
  }

  /**
   * Answers the request with the chosen sub-protocol, or none, and compression where both sides want it.
   * @returns null when the client went away while it was being admitted
   */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocol: string | null,
    listener: ClientListener,
  ): ClientSocket | null {
    // ws takes the first that is offered of either: what was chosen is the only one left.
    replaceHeader(request, 'sec-websocket-protocol', protocol);
    const offer = this.deflater ? acceptableOffer(request.headers['sec-websocket-extensions']) : null;
    replaceHeader(request, 'sec-websocket-extensions', offer);
    const ws = this.handshake(request, socket, head);
    if (!ws) return null;
    const deflater = offer === null ? null : this.deflater;
    return new WsClientSocket(ws, request.socket, this.window, deflater, listener);
  }

  /** ws calls back at once or never. */
  private handshake(request: IncomingMessage, socket: Duplex, head: Buffer): ClientWebSocket | null {
    const made: { ws: ClientWebSocket | null } = { ws: null };
    this.server.handleUpgrade(request, socket, head, (ws) => (made.ws = ws));
    return made.ws;
  }
}

function replaceHeader(
  { headers }: IncomingMessage,
  name: 'sec-websocket-protocol' | 'sec-websocket-extensions',
  value: string | null,
): void {
  headers[name] = value ?? undefined;
}
