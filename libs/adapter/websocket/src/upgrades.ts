import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import {
  type Admission,
  CloseCode,
  FunctionFailed,
  FunctionTimedOut,
  type Gateway,
  LedgerUnavailable,
  type Session,
} from '@sendback/domain/gateway';
import { DomainError, type Log } from '@sendback/domain/runtime';
import { type Answer, Answers } from './answers';
import { connectRequest, handshakeProblem, splitUrl } from './connect-request';
import { sendRaw } from './http-server';
import { WsClientSocket } from './ws-client-socket';

/** What a client has to answer a close with its own, in milliseconds; after it the connection is cut. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Turns upgrade requests into sessions of the gateway, or refuses them. */
export class Upgrades {
  private readonly sockets = new Set<Duplex>();
  private readonly server: WebSocketServer;

  constructor(
    private readonly gateway: Gateway,
    private readonly log: Log,
    maxMessageBytes: number,
  ) {
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    this.server = new WebSocketServer(options);
    this.server.on('wsClientError', (_error, socket) => sendRaw(socket, Answers.badRequest));
  }

  /** For the HTTP server's `upgrade` event. */
  readonly handle = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.sockets.add(socket);
    socket.on('error', ignore);
    socket.once('close', () => this.sockets.delete(socket));
    this.upgrade(request, socket, head).catch((error: unknown) => {
      sendRaw(socket, this.answerTo(error));
    });
  };

  /** Cuts every connection there still is. */
  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { path, queryString } = splitUrl(request.url);
    const route = this.gateway.routes.match(path);
    const problem = route ? handshakeProblem(request) : Answers.noApi;
    if (!route || problem) {
      sendRaw(socket, problem ?? Answers.noApi);
      return;
    }
    const admission = await this.gateway.admitClient.execute(route, connectRequest(request, queryString));
    if (admission.outcome === 'admitted') this.complete(request, socket, head, admission);
    else sendRaw(socket, answerToRefused(admission));
  }

  private complete(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { session, protocol }: Admission & { outcome: 'admitted' },
  ): void {
    // ws takes the first sub-protocol that is offered: the one that was chosen is the only one left.
    if (protocol === null) delete request.headers['sec-websocket-protocol'];
    else request.headers['sec-websocket-protocol'] = protocol;
    const ws = this.handshake(request, socket, head);
    if (ws) session.open(new WsClientSocket(ws, socket, session));
    else session.closed(CloseCode.dropped, '');
  }

  /** Null when the client went away while it was being admitted; ws calls back at once or never. */
  private handshake(request: IncomingMessage, socket: Duplex, head: Buffer): WebSocket | null {
    const made: { ws: WebSocket | null } = { ws: null };
    this.server.handleUpgrade(request, socket, head, (ws) => (made.ws = ws));
    return made.ws;
  }

  private answerTo(error: unknown): Answer {
    if (error instanceof DomainError) this.log.warn('a client could not be admitted', { error });
    if (error instanceof FunctionTimedOut) return Answers.functionTimedOut;
    if (error instanceof FunctionFailed) return Answers.functionFailed;
    if (error instanceof LedgerUnavailable) return Answers.ledgerUnavailable;
    this.log.error('an upgrade failed', { error });
    return Answers.internal;
  }
}

function answerToRefused(admission: Exclude<Admission, { session: Session }>): Answer {
  switch (admission.outcome) {
    case 'refused':
      return { status: 403, errNo: admission.errNo, errMsg: admission.errMsg };
    case 'full':
      return Answers.full;
    case 'unavailable':
      return Answers.unavailable;
  }
}

function ignore(): void {
  // The socket's `close` tells all there is to know.
}
