import { type ConnectRequest, NotPermitted } from '@sendback/domain/connection';

/** No more than fits into a request's headers. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/**
 * The token that a client shows: `Authorization: Bearer …`, or `token` or `access_token` in the query string, since
 * browsers cannot set headers on a WebSocket.
 * @throws NotPermitted
 */
export function findToken({ headers, queryString }: ConnectRequest): string {
  const found = bearer(headers['authorization']) ?? queryString['token'] ?? queryString['access_token'];
  if (typeof found !== 'string' || found === '') throw new NotPermitted('a token is missing');
  if (found.length > MAX_TOKEN_LENGTH) throw new NotPermitted('the token is too long');
  return found;
}

function bearer(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined;
  return /^bearer +([^ ]+) *$/i.exec(header)?.[1];
}
