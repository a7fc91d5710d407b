import type { IdSource } from '@sendback/domain/runtime';
import type { ClientAuthenticator } from './client-authenticator.port';
import type { FunctionInvoker } from './function-invoker.port';

export const DEFAULT_FUNCTION_TIMEOUT_MS = 3_000;
export const DEFAULT_BACKEND_TIMEOUT_SECONDS = 600;

export interface ApiFunction {
  readonly invoker: FunctionInvoker;
  /** Milliseconds to the whole answer; {@link DEFAULT_FUNCTION_TIMEOUT_MS} unless the operator says otherwise. */
  readonly timeoutMs: number;
}

/** What clients may use, all together or each address by itself; `Infinity` where there is no limit. */
export interface ClientLimits {
  readonly connections: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}

export const UNLIMITED: ClientLimits = {
  connections: Infinity,
  messagesPerSecond: Infinity,
  bytesPerSecond: Infinity,
};

/** What an API of the gateway is configured with (contract §5). */
export interface Api {
  /** The secret part of the reverse push address, from {@link newApiId}. Never logged whole. */
  readonly id: string;
  readonly serviceName: string;
  /** The first segment of the URL: `release`, `prepub` or `test`. */
  readonly stage: string;
  /**
   * What follows the stage: `/a/b`, a prefix of the request's path, segment by segment; `=/a/b`, the whole of it; `{name}`
   * in place of a segment is a parameter.
   */
  readonly path: string;
  /** Absent: everybody may ask (auth type `none`). */
  readonly authenticator?: ClientAuthenticator;
  /** Values of the `Origin` header that may connect, besides clients that send none; absent: all. */
  readonly allowedOrigins?: readonly string[];
  /** A connection on which the client sent no message for so long is closed. */
  readonly backendTimeoutSeconds: number;
  /** Whether the transfer function's return value is carried out as a reverse push (contract §5). */
  readonly integrationResponse: boolean;
  /** Messages of one connection that the transfer function may work on at a time; above 1 their order is given up. */
  readonly handOversAtOnce: number;
  readonly limits: { readonly all: ClientLimits; readonly perAddress: ClientLimits };
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
