import type { Socket } from 'node:net';
import { fastify, type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Log } from '@sendback/domain/runtime';
import { type ErrorAnswer, ErrorAnswers, Refusal, sendError, sendRawError } from './error-answers';

/** Longer than callers keep idle connections, so that none is closed under a request that is on its way. */
const KEEP_ALIVE_MS = 72_000;

export interface FunctionAppOptions {
  readonly log: Log;
  /** What a request that no route takes is answered. */
  readonly notFound: (request: FastifyRequest) => ErrorAnswer;
  /** Milliseconds a caller has for a request's headers. */
  readonly headersTimeoutMs: number;
  /** The same for the whole request. */
  readonly requestTimeoutMs: number;
}

/** A Fastify that leaves bodies to its routes, and answers all that goes wrong in JSON, malformed HTTP included. */
export function createFunctionApp(options: FunctionAppOptions): FastifyInstance {
  const { log, notFound, headersTimeoutMs, requestTimeoutMs } = options;
  const app = fastify({
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: Math.ceil(headersTimeoutMs / 4) },
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    clientErrorHandler: (error, socket) => answerClientError(error.code, socket),
    frameworkErrors: (_error, request, reply) => void sendError(reply, notFound(request)),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  // Before the body: nobody is going to read it.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw new Refusal(notFound(request));
  });
  app.setErrorHandler((error: FastifyError | Refusal, _request, reply) =>
    sendError(reply, answerTo(error, log)),
  );
  return app;
}

function answerTo(error: FastifyError | Refusal, log: Log): ErrorAnswer {
  if (error instanceof Refusal) return error.answer;
  const { statusCode = 500, message } = error;
  if (statusCode < 500) return { status: statusCode, errNo: statusCode, errMsg: message };
  log.error('a request failed', { error });
  return ErrorAnswers.internal;
}

function answerClientError(code: string, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET') socket.destroy();
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') sendRawError(socket, ErrorAnswers.tooSlow);
  else if (code === 'HPE_HEADER_OVERFLOW') sendRawError(socket, ErrorAnswers.headersTooLarge);
  else sendRawError(socket, ErrorAnswers.badRequest);
}
