import type { Payload } from './payload';

/** Whom a broadcast is for. `except` leaves out one connection: its sender. */
export type Target = (
  | { readonly kind: 'all' }
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'user'; readonly userId: string }
  /** At most {@link MAX_TARGET_CONNECTIONS}. */
  | { readonly kind: 'connections'; readonly connectionIds: readonly string[] }
) & { readonly except: string | null };

/** How many connections a target may list. */
export const MAX_TARGET_CONNECTIONS = 1_000;

export interface Broadcast {
  /** Also the id of the message that each recipient gets; the gateway gives a connection the same id once. */
  readonly broadcastId: string;
  readonly target: Target;
  readonly payload: Payload;
  /** Milliseconds since the Unix epoch. */
  readonly acceptedAt: number;
  /** W3C trace context of what caused it; null for none. */
  readonly traceparent: string | null;
}

/** Connections that one reverse push address reaches; null is the deployment's default address. */
export interface Recipients {
  readonly pushAddress: string | null;
  readonly connectionIds: readonly string[];
}
