import type { IdSource } from '@sendback/domain/runtime';
import type { FunctionInvoker } from './function-invoker.port';

export const DEFAULT_FUNCTION_TIMEOUT_MS = 3_000;
export const DEFAULT_BACKEND_TIMEOUT_SECONDS = 600;

export interface ApiFunction {
  readonly invoker: FunctionInvoker;
  /** Milliseconds to the whole answer; {@link DEFAULT_FUNCTION_TIMEOUT_MS} unless the operator says otherwise. */
  readonly timeoutMs: number;
}

/** What an API of the gateway is configured with (contract §5). */
export interface Api {
  /** The secret part of the reverse push address, from {@link newApiId}. Never logged whole. */
  readonly id: string;
  readonly serviceName: string;
  /** The first segment of the URL: `release`, `prepub` or `test`. */
  readonly stage: string;
  /** What follows the stage, with a leading slash; a prefix of the request's path, segment by segment. */
  readonly path: string;
  /** A connection on which the client sent no message for so long is closed. */
  readonly backendTimeoutSeconds: number;
  readonly functions: {
    /** Absent: every client is accepted. */
    readonly register?: ApiFunction;
    readonly transfer: ApiFunction;
    /** Absent: nothing is told. */
    readonly cleanup?: ApiFunction;
  };
}

/** `api-` and 128 random bits. */
export function newApiId(ids: IdSource): string {
  return `api-${ids.hex(16)}`;
}

/** Enough of an API's id to tell it apart in a log, too little to push with. */
export function shortApiId(id: string): string {
  return `${id.slice(0, 8)}…`;
}
