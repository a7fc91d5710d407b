import { types } from 'node:util';

/** The database did not do what it was asked, through no fault of the asking code. Holds neither SQL nor values. */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure';

  constructor(
    message: string,
    readonly code: string | null,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Another transaction was in the way; nothing of this one took effect. */
const CONTENTION = new Set([
  'SQLITE_BUSY',
  'SQLITE_BUSY_RECOVERY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_BUSY_TIMEOUT',
  'SQLITE_LOCKED',
  'SQLITE_PROTOCOL',
  'ER_CHECKREAD',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
]);

/** The connection was dead, as pooled ones are after a function instance was frozen. What it did is unknown. */
const DISCONNECTION = new Set(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST']);

export const isContention = (error: unknown): boolean => CONTENTION.has(codeOf(error) ?? '');

export const isDisconnection = (error: unknown): boolean => DISCONNECTION.has(codeOf(error) ?? '');

/**
 * What a driver threw, stripped of the statement and its values (TypeORM and mysql2 keep both on their errors).
 * Anything that no driver threw is a bug and comes back as it is.
 */
export function translate(error: unknown, database: string): unknown {
  if (!isError(error) || error instanceof DatabaseFailure) return error;
  const code = codeOf(error);
  if (code === null) return error;
  const { message, stack } = driverError(error);
  const cause = Object.assign(new Error(message), { stack });
  return new DatabaseFailure(`${database}: ${code}: ${message}`, code, { cause });
}

function codeOf(error: unknown): string | null {
  if (!isError(error)) return null;
  const { code } = driverError(error);
  if (typeof code === 'string') return code;
  return 'driverError' in error ? 'FAILED' : null;
}

function driverError(error: Error): Error & { code?: unknown } {
  const inner = 'driverError' in error ? error.driverError : error;
  return isError(inner) ? inner : error;
}

/** Node's own errors are of another realm under some test runners, those of libsql are no native ones. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}
