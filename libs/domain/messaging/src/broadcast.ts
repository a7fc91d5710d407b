import type { Payload } from './payload';

/** Whom a broadcast is for. `except` leaves out one connection: its sender. */
export type Target =
  | { readonly kind: 'all'; readonly except: string | null }
  | { readonly kind: 'room'; readonly room: string; readonly except: string | null };

export interface Broadcast {
  /** Also the id of the message that each recipient gets; the gateway gives a connection the same id once. */
  readonly broadcastId: string;
  readonly target: Target;
  readonly payload: Payload;
  /** Milliseconds since the Unix epoch. */
  readonly acceptedAt: number;
}

/** Connections that one reverse push address reaches; null is the deployment's default address. */
export interface Recipients {
  readonly pushAddress: string | null;
  readonly connectionIds: readonly string[];
}
