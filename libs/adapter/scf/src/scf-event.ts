import { type ConnectRequest, parseConnectionId } from '@sendback/domain/connection';
import { DomainError, parseTraceparent } from '@sendback/domain/runtime';

export class NoRequestContext extends DomainError {
  readonly code = 'no_request_context';
  readonly retryable = false;
}

export class NoWebsocket extends DomainError {
  readonly code = 'no_websocket';
  readonly retryable = false;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The `websocket` part of an event (contract §1 to §3).
 * @param missing the documented text of error 102, which is not the same for every function
 * @throws NoWebsocket
 */
export function websocketOf(event: unknown, missing: string): JsonObject {
  const websocket = objectIn(event, 'websocket');
  if (!websocket) throw new NoWebsocket(missing);
  return websocket;
}

/** @throws NoRequestContext */
export function requestContextOf(event: unknown): JsonObject {
  const requestContext = objectIn(event, 'requestContext');
  if (!requestContext) throw new NoRequestContext('not found request context');
  return requestContext;
}

/** Null where the gateway sends none: `requestContext` is ours in transfer and cleanup (contract §2, §3). */
export function requestIdOf(event: unknown): string | null {
  const requestId = objectIn(event, 'requestContext')?.['requestId'];
  return typeof requestId === 'string' && /^[\x21-\x7e]{1,100}$/.test(requestId) ? requestId : null;
}

/** The trace that the gateway carries on from the client's message. */
export function traceparentOf(event: unknown): string | null {
  return parseTraceparent(objectIn(event, 'requestContext')?.['traceparent']);
}

/** Headers and query string are ours and in the wild (contract §1): missing ones are empty. */
export function connectRequestOf(event: unknown, connectionId: string): ConnectRequest {
  const headers = objectIn(event, 'headers') ?? {};
  return { connectionId, headers, queryString: objectIn(event, 'queryString') ?? {} };
}

/** @throws BadConnectionId */
export function connectionIdOf(websocket: JsonObject): string {
  return parseConnectionId(websocket['secConnectionID'], 'websocket.secConnectionID');
}

function objectIn(value: unknown, key: string): JsonObject | null {
  if (typeof value !== 'object' || value === null) return null;
  const inner = (value as JsonObject)[key];
  return typeof inner === 'object' && inner !== null ? (inner as JsonObject) : null;
}
