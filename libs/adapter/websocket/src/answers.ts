import type { Unauthorized } from '@sendback/domain/gateway';

/**
 * An HTTP answer of the gateway; the body is `{"errNo":…,"errMsg":…}`. `errNo` is that of contract §7 where one fits,
 * else what the registration function said, else the HTTP status.
 *
 * | HTTP | errNo | when |
 * | --- | --- | --- |
 * | 400 | 102 | push: `websocket` is missing |
 * | 400 | 103 | push: a bad or missing connection id |
 * | 400 | 104 | push: an unknown action |
 * | 400 | 105 | push: a bad `dataType`, `data` or message id |
 * | 400 | 400 | not HTTP, not one `Host`, a body, a bad `Sec-WebSocket-Key` or `-Protocol`; push: not JSON |
 * | 401 | 401 | the API does not know the client: no valid key pair; `errMsg` is the documented reason |
 * | 401 | 203 | push: no bearer token that it takes |
 * | 403 | of the function, or 203 | the registration function refused |
 * | 403 | 203 | the API is not for this origin |
 * | 403 | 403 | no `Sec-WebSocket-Key` or `-Version` |
 * | 404 | 404 | no API matches |
 * | 404 | 203 | push: no such address |
 * | 404 | 201 | inspection: no such connection |
 * | 408, 431 | the same | a request that came too slowly, or with too large headers |
 * | 410 | 201 | push: the connection is gone |
 * | 413 | 106 | push: too large |
 * | 426 | 426 | not a WebSocket upgrade by HTTP/1.1, or an unknown version |
 * | 429 | 429 | over the limit of connections |
 * | 500 | 500 | a bug |
 * | 502 | 502 | the registration function failed |
 * | 502 | 303 | push: some of the connections are on a node that does not answer; to be repeated |
 * | 503 | 202 | push: the connection is slow |
 * | 503 | 301 | the ledger is unavailable |
 * | 503 | 503 | the gateway is starting or stopping; push: too many at once |
 * | 504 | 504 | the registration function timed out |
 */
export interface Answer {
  readonly status: number;
  readonly errNo: number;
  readonly errMsg: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ErrNo = {
  noWebsocket: 102,
  badConnectionId: 103,
  unknownAction: 104,
  badData: 105,
  tooLarge: 106,
  gone: 201,
  slow: 202,
  notPermitted: 203,
  storageUnavailable: 301,
  nodeUnavailable: 303,
  internal: 500,
} as const;

const WEBSOCKET_ONLY = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };

export const Answers = {
  badRequest: { status: 400, errNo: 400, errMsg: 'bad request' },
  badHost: { status: 400, errNo: 400, errMsg: 'one Host header is required' },
  bodyOfUpgrade: { status: 400, errNo: 400, errMsg: 'an upgrade has no body' },
  badProtocol: { status: 400, errNo: 400, errMsg: 'Sec-WebSocket-Protocol must be a list of tokens' },
  badKey: { status: 400, errNo: 400, errMsg: 'Sec-WebSocket-Key must be 16 bytes in base64' },
  noToken: {
    status: 401,
    errNo: ErrNo.notPermitted,
    errMsg: 'not permitted',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  noKey: { status: 403, errNo: 403, errMsg: 'need header Sec-WebSocket-Key' },
  noVersion: { status: 403, errNo: 403, errMsg: 'need header Sec-WebSocket-Version' },
  forbiddenOrigin: { status: 403, errNo: ErrNo.notPermitted, errMsg: 'not for this origin' },
  noApi: { status: 404, errNo: 404, errMsg: 'no API matches' },
  noAddress: { status: 404, errNo: ErrNo.notPermitted, errMsg: 'not permitted' },
  requestTimeout: { status: 408, errNo: 408, errMsg: 'the request came too slowly' },
  upgradeRequired: { status: 426, errNo: 426, errMsg: 'not a WebSocket upgrade', headers: WEBSOCKET_ONLY },
  badVersion: {
    status: 426,
    errNo: 426,
    errMsg: 'Sec-WebSocket-Version must be 13',
    headers: WEBSOCKET_ONLY,
  },
  full: { status: 429, errNo: 429, errMsg: 'too many connections' },
  headersTooLarge: { status: 431, errNo: 431, errMsg: 'the headers are too large' },
  internal: { status: 500, errNo: ErrNo.internal, errMsg: 'internal error' },
  functionFailed: { status: 502, errNo: 502, errMsg: 'the registration function failed' },
  nodeUnavailable: { status: 502, errNo: ErrNo.nodeUnavailable, errMsg: 'a gateway node does not answer' },
  ledgerUnavailable: { status: 503, errNo: ErrNo.storageUnavailable, errMsg: 'storage unavailable' },
  unavailable: { status: 503, errNo: 503, errMsg: 'the gateway is starting or stopping' },
  tooManyPushes: {
    status: 503,
    errNo: 503,
    errMsg: 'too many pushes at once',
    headers: { 'Retry-After': '1' },
  },
  functionTimedOut: { status: 504, errNo: 504, errMsg: 'the registration function timed out' },
} as const satisfies Record<string, Answer>;

/** As the API's authenticator says it. */
export function unauthorized({ reason, challenge }: Unauthorized): Answer {
  return { status: 401, errNo: 401, errMsg: reason, headers: { 'WWW-Authenticate': challenge } };
}

/** Carries an answer out of the depths of a request. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(answer.errMsg);
    this.name = 'Refusal';
  }
}

export function bodyOf({ errNo, errMsg }: Answer): string {
  return JSON.stringify({ errNo, errMsg });
}
