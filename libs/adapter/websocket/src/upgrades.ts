import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
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
import { type Answer, Answers, unauthorized } from './answers';
import type { ClientAddress } from './client-address';
import type { ClientSockets } from './client-sockets';
import { connectRequest, framingProblem, handshakeProblem, headersOf, splitUrl } from './connect-request';
import { sendRaw } from './http-server';

/** Turns upgrade requests into sessions of the gateway, or refuses them. */
export class Upgrades {
  private readonly sockets = new Set<Duplex>();
  /** One for all, as is `ignore`: what every connection has of its own costs memory for as long as it is open. */
  private readonly forget: (this: Duplex) => void;

  constructor(
    private readonly gateway: Gateway,
    private readonly log: Log,
    private readonly clients: ClientSockets,
    private readonly addressOf: ClientAddress,
  ) {
    const { sockets } = this;
    this.forget = function () {
      sockets.delete(this);
    };
  }

  /** For the HTTP server's `upgrade` event. */
  readonly handle = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.sockets.add(socket);
    socket.on('error', ignore);
    socket.on('close', this.forget);
    this.upgrade(request, socket, head).catch((error: unknown) => {
      sendRaw(socket, this.answerTo(error));
    });
  };

  /** Cuts every connection there still is. */
  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const headers = headersOf(request);
    const { path, queryString } = splitUrl(request.url);
    const route = this.gateway.routes.match(path);
    const problem =
      framingProblem(request, headers) ?? (route ? handshakeProblem(request, headers) : Answers.noApi);
    if (!route || problem) {
      sendRaw(socket, problem ?? Answers.noApi);
      return;
    }
    const candidate = connectRequest(this.addressOf(request), headers, queryString);
    const admission = await this.gateway.admitClient.execute(route, candidate);
    if (admission.outcome === 'admitted') this.complete(request, socket, head, admission);
    else sendRaw(socket, answerToRefused(admission));
  }

  private complete(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { session, protocol }: Admission & { outcome: 'admitted' },
  ): void {
    const client = this.clients.accept(request, socket, head, protocol, session);
    if (client) session.open(client);
    else session.closed(CloseCode.dropped, '');
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
    case 'unauthorized':
      return unauthorized(admission);
    case 'forbidden':
      return Answers.forbiddenOrigin;
    case 'full':
      return Answers.full;
    case 'unavailable':
      return Answers.unavailable;
  }
}

function ignore(): void {
  // The socket's `close` tells all there is to know.
}
