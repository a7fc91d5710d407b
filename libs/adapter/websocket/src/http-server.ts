import { STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
} from 'fastify';
import type { Log } from '@sendback/domain/runtime';
import { type Answer, Answers, bodyOf, Refusal } from './answers';
import type { TlsServers } from './tls';

const CLOSE_GRACE_MS = 2_000;

export interface HttpServerOptions {
  readonly log: Log;
  /** What a request that no route takes is answered, whatever its body. */
  readonly notFound: (request: FastifyRequest) => Answer;
  /** Milliseconds a client has for its request's headers, from the connection on. */
  readonly headersTimeoutMs: number;
  /** The same for the whole request. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that a connection is kept between two requests. */
  readonly keepAliveMs: number;
  /** Plain HTTP without it. */
  readonly tls: TlsServers | null;
}

/** A Fastify that answers everything that goes wrong as the gateway does, malformed HTTP included. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { log, notFound, headersTimeoutMs, requestTimeoutMs, keepAliveMs, tls } = options;
  const http = {
    // Node's own answer to a request without one has no body.
    requireHostHeader: false,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.ceil(headersTimeoutMs / 4),
  };
  const timeouts = { requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs };
  const overTls: FastifyServerFactory | null =
    tls && ((handler) => tls.create(handler, { ...http, ...timeouts }));
  const app = fastify({
    http,
    ...timeouts,
    ...(overTls && { serverFactory: overTls }),
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => answerClientError(error.code, socket),
    frameworkErrors: (_error, request, reply) => void send(reply, notFound(request)),
  });
  // Node.js leaves out headers past a number of them, as if they had not been sent; their size has a limit anyway.
  app.server.maxHeadersCount = 0;
  // Node's own answer to an expectation that it does not know is no JSON; nobody has to meet one (RFC 9110 §10.1.1).
  app.server.on('checkExpectation', (request, response) => app.routing(request, response));
  // Before the body: nobody is going to read it.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) await send(reply, notFound(request));
  });
  app.setErrorHandler((error: FastifyError | Refusal, _request, reply) => send(reply, answerTo(error, log)));
  return app;
}

export function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .type('application/json; charset=utf-8')
    .send(bodyOf(answer));
}

/** Answers on a socket that no HTTP response belongs to, and ends it. */
export function sendRaw(socket: Duplex, answer: Answer): void {
  const body = bodyOf(answer);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...answer.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines].join('\r\n');
  socket.once('finish', () => socket.destroy());
  socket.end(`${head}\r\n\r\n${body}`);
}

export function boundAddress(app: FastifyInstance): AddressInfo {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address;
}

/** Listens no more and lets requests under way finish, {@link CLOSE_GRACE_MS} at most. */
export async function closeHttpServer(app: FastifyInstance, tls: TlsServers | null): Promise<void> {
  const timer = setTimeout(() => {
    app.server.closeAllConnections();
    tls?.destroyAll();
  }, CLOSE_GRACE_MS);
  await app.close();
  clearTimeout(timer);
}

function answerTo(error: FastifyError | Refusal, log: Log): Answer {
  if (error instanceof Refusal) return error.answer;
  const { statusCode = 500, message } = error;
  if (statusCode < 500) return { status: statusCode, errNo: statusCode, errMsg: message };
  log.error('a request failed', { error });
  return Answers.internal;
}

function answerClientError(code: string, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET') socket.destroy();
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') sendRaw(socket, Answers.requestTimeout);
  else if (code === 'HPE_HEADER_OVERFLOW') sendRaw(socket, Answers.headersTooLarge);
  else sendRaw(socket, Answers.badRequest);
}
