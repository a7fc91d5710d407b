import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';

/** What a request is answered instead of a return value; the body is `{"errNo":…,"errMsg":…}`. */
export interface ErrorAnswer {
  readonly status: number;
  /** That of contract §7 where one fits, else the HTTP status. */
  readonly errNo: number;
  readonly errMsg: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Tells the caller that the function did not start: it may call again. */
const LATER = { 'Retry-After': '1' };

export const ErrorAnswers = {
  badRequest: { status: 400, errNo: 400, errMsg: 'bad request' },
  notJson: { status: 400, errNo: 400, errMsg: 'the event must be JSON' },
  noFunction: { status: 404, errNo: 404, errMsg: 'no such function' },
  notPost: { status: 405, errNo: 405, errMsg: 'a function is called by POST', headers: { Allow: 'POST' } },
  tooSlow: { status: 408, errNo: 408, errMsg: 'the request came too slowly' },
  tooLarge: { status: 413, errNo: 106, errMsg: 'the event is too large' },
  notJsonType: { status: 415, errNo: 415, errMsg: 'content-type must be application/json' },
  headersTooLarge: { status: 431, errNo: 431, errMsg: 'the headers are too large' },
  internal: { status: 500, errNo: 500, errMsg: 'internal' },
  busy: { status: 503, errNo: 503, errMsg: 'too many calls at once', headers: LATER },
  stopping: { status: 503, errNo: 503, errMsg: 'stopping', headers: LATER },
} as const satisfies Record<string, ErrorAnswer>;

export const notPermitted = (errMsg: string): ErrorAnswer => ({ status: 401, errNo: 203, errMsg });

/** Carries an answer out of the depths of a request. */
export class Refusal extends Error {
  constructor(readonly answer: ErrorAnswer) {
    super(answer.errMsg);
    this.name = 'Refusal';
  }
}

export function sendError(reply: FastifyReply, answer: ErrorAnswer): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .type('application/json; charset=utf-8')
    .send(bodyOf(answer));
}

/** On a socket that no HTTP response belongs to; ends it. */
export function sendRawError(socket: Socket, answer: ErrorAnswer): void {
  const body = bodyOf(answer);
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const bodyOf = ({ errNo, errMsg }: ErrorAnswer): string => JSON.stringify({ errNo, errMsg });
