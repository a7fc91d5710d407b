import { BroadcastConflict } from '@sendback/domain/messaging';
import { DomainError } from '@sendback/domain/runtime';
import type { FastifyError } from 'fastify';

interface Kind {
  readonly status: number;
  /** For the document; also the message, where what happened is not for the client's eyes. */
  readonly when: string;
}

/** All that an error answer may say. Codes are stable: programs go by them. */
export const PROBLEMS = {
  bad_request: {
    status: 400,
    when: 'not HTTP, not JSON, or a field is missing, unknown or of the wrong type',
  },
  bad_data: { status: 400, when: 'a field holds what it may not: the message names it' },
  bad_connection_id: { status: 400, when: 'what cannot be a connection id: the message names the field' },
  unauthorized: { status: 401, when: 'the bearer token is missing or wrong' },
  not_found: { status: 404, when: 'there is no such thing, or no longer' },
  method_not_allowed: { status: 405, when: 'the path has other methods: `Allow` names them' },
  request_timeout: { status: 408, when: 'the request came too slowly' },
  malformed_message: { status: 409, when: 'the dead letter is no message that a broadcaster can read' },
  too_large: { status: 413, when: 'the payload or the body is too large' },
  unsupported_media_type: { status: 415, when: 'the body must be application/json' },
  idempotency_conflict: { status: 422, when: 'the Idempotency-Key was used before for another broadcast' },
  headers_too_large: { status: 431, when: 'the headers are too large' },
  internal: { status: 500, when: 'a bug: the log says more' },
  push_failed: { status: 502, when: 'the gateway of the connection did not do it, or did not say so' },
  queue_unavailable: { status: 503, when: 'the queue is unavailable' },
  storage_unavailable: { status: 503, when: 'the database is unavailable' },
  timeout: { status: 503, when: 'no answer in time: it may still come about' },
} as const satisfies Readonly<Record<string, Kind>>;

export type ProblemCode = keyof typeof PROBLEMS;

const RETRY_AFTER_SECONDS = '5';

/** Goes to the client as it is. */
export class Problem extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    message: string = PROBLEMS[code].when,
  ) {
    super(message);
    this.status = PROBLEMS[code].status;
  }

  get headers(): Readonly<Record<string, string>> {
    if (this.status === 401) return { 'WWW-Authenticate': 'Bearer' };
    if (this.status === 503) return { 'Retry-After': RETRY_AFTER_SECONDS };
    return {};
  }
}

/** What is answered to a request that ended in this. */
export function problemOf(error: FastifyError | Problem | DomainError): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BroadcastConflict) return new Problem('idempotency_conflict');
  if (error instanceof DomainError) return ofDomain(error);
  return ofFramework(error);
}

/** What a failure behind the API says may name hosts: that is for the log. */
function ofDomain({ code, message }: DomainError): Problem {
  if (!isProblemCode(code)) return new Problem('internal');
  return PROBLEMS[code].status < 500 ? new Problem(code, message) : new Problem(code);
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

const OF_FRAMEWORK: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: new Problem(
    'bad_request',
    'the body must be JSON, without "__proto__" and "constructor.prototype"',
  ),
  FST_ERR_CTP_BODY_TOO_LARGE: new Problem('too_large', 'the body is too large'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new Problem('unsupported_media_type'),
};

/** Messages repeat names of fields, which may be as long as a body. */
const MAX_MESSAGE_LENGTH = 300;

function ofFramework({
  code,
  statusCode = 500,
  message,
  validation,
  validationContext,
}: FastifyError): Problem {
  const known = OF_FRAMEWORK[code];
  if (known) return known;
  if (statusCode === 401) return new Problem('unauthorized', message);
  if (statusCode >= 500) return new Problem('internal');
  const [issue] = validation ?? [];
  const path = issue?.instancePath.slice(1).replaceAll('/', '.');
  const field = path || `the ${validationContext === 'querystring' ? 'query' : (validationContext ?? '')}`;
  const said = issue ? `${field}: ${issue.message ?? 'is wrong'}` : message;
  return new Problem('bad_request', said.slice(0, MAX_MESSAGE_LENGTH));
}
