import { FunctionFailed } from '@sendback/domain/gateway';
import { clipped } from './clipped';

/** Codes of refusals that come before the function is started, and that a later call may not meet. */
const TURNED_AWAY =
  /^(RequestLimitExceeded|LimitExceeded|ResourceInsufficient|ResourceUnavailable)(\.|$)|^FailedOperation\.(FunctionStatusError|FunctionVersionStatusNotActive)$/;

/** These too, but nothing changes until somebody pays. */
const UNPAID = /\.InsufficientBalance$/;

/** What the SDK throws: it has a `code` where the API answered with an error, an `httpCode` where it was no 200. */
interface SdkError {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly httpCode?: unknown;
  readonly requestId?: unknown;
}

/**
 * @param who the function, for messages
 * @param thrown by the SDK
 * @param connectionFailure what Node.js said of the connection, which the SDK leaves out
 */
export function apiFailure(who: string, thrown: unknown, connectionFailure: Error | null): FunctionFailed {
  const { code, httpCode, requestId, message } = (thrown ?? {}) as SdkError;
  // Where several addresses of a host were tried, the message is empty.
  const { code: errno } = (connectionFailure ?? {}) as NodeJS.ErrnoException;
  const words = clipped(connectionFailure?.message || errno || String(message));
  const cause = connectionFailure ?? new Error(words);
  if (typeof code === 'string') {
    const request = typeof requestId === 'string' ? ` (request ${clipped(requestId)})` : '';
    const retryable = TURNED_AWAY.test(code) && !UNPAID.test(code);
    return new FunctionFailed(`${who}: ${meaningOf(code)}${request}`, retryable, { cause });
  }
  if (typeof httpCode === 'number')
    return new FunctionFailed(`${who}: the API answered ${httpCode}`, false, { cause });
  return new FunctionFailed(`no answer for ${who}: ${words}`, neverConnected(connectionFailure), { cause });
}

function meaningOf(code: string): string {
  const name = clipped(code);
  if (code === 'AuthFailure.SignatureExpire') return `${name}: the clock of this machine is wrong`;
  if (code.startsWith('AuthFailure')) return `${name}: check secretId, secretKey and token`;
  if (code.startsWith('UnauthorizedOperation')) return `${name}: the credentials may not call it`;
  if (code.startsWith('ResourceNotFound'))
    return `${name}: check functionName, namespace, qualifier and region`;
  return name;
}

/** Where several addresses of a host were tried, every one of them. */
function neverConnected(failure: unknown): boolean {
  if (failure instanceof AggregateError)
    return failure.errors.length > 0 && failure.errors.every(neverConnected);
  const { syscall } = (failure ?? {}) as NodeJS.ErrnoException;
  return syscall === 'connect' || syscall === 'getaddrinfo';
}
