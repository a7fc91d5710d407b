import { STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Log } from '@sendback/domain/runtime';
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { Problem, problemOf } from './problem';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CLOSE_GRACE_MS = 5_000;

/** Longer than any id, percent-encoded. */
const MAX_PARAM_LENGTH = 1_000;

/**
 * A Fastify that answers whatever goes wrong as {@link Problem}s, malformed HTTP included.
 * @param maxBodyBytes of one request
 */
export function createHttpServer(log: Log, maxBodyBytes: number): FastifyInstance {
  const app = fastify({
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: HEADERS_TIMEOUT_MS / 4 },
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerClientError(error.code, socket),
    frameworkErrors: (error, _request, reply) => void send(reply, problemOf(error)),
  });
  takeJsonOnly(app);
  // Before the body: nobody is going to read it.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) await send(reply, new Problem('not_found', 'there is no such path'));
  });
  app.setErrorHandler((error: FastifyError, { method, routeOptions }, reply) => {
    const problem = problemOf(error);
    const fields = { method, path: routeOptions.url, error };
    if (problem.code === 'internal') log.error('a request failed', fields);
    else if (problem.status >= 500) log.warn('a request failed', fields);
    return send(reply, problem);
  });
  return app;
}

/** Many clients say that all they send is JSON, and then send nothing where there is nothing to say. */
function takeJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body, done);
  });
}

/** @throws Error with `code: 'EADDRINUSE'` when the port is taken */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<AddressInfo> {
  await app.listen({ host, port });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address;
}

/** Listens no more and lets requests under way finish, {@link CLOSE_GRACE_MS} at most. */
export async function closeHttpServer(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
  await app.close();
  clearTimeout(timer);
}

function send(reply: FastifyReply, { status, headers, code, message }: Problem): FastifyReply {
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send({ code, message });
}

function answerClientError(code: string, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET') socket.destroy();
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') sendRaw(socket, new Problem('request_timeout'));
  else if (code === 'HPE_HEADER_OVERFLOW') sendRaw(socket, new Problem('headers_too_large'));
  else sendRaw(socket, new Problem('bad_request', 'this is not HTTP'));
}

/** Answers on a socket that no HTTP response belongs to, and ends it. */
function sendRaw(socket: Socket, { status, code, message }: Problem): void {
  const body = JSON.stringify({ code, message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ].join('\r\n');
  socket.once('finish', () => socket.destroy());
  socket.end(`${head}\r\n\r\n${body}`);
}
