export interface GatewayLimits {
  /** Clients at a time, counting those that are being admitted and those whose cleanup was not answered yet. */
  readonly maxConnections: number;
  /** Messages of one client that wait for the transfer function; past it nothing more is read from the client. */
  readonly inboxMessages: number;
  /** The same in bytes. Either may be exceeded by what one read of the socket brought (64 KiB, or one message). */
  readonly inboxBytes: number;
  /** Bytes not yet sent to one client; a push that would exceed it finds the client slow. A lone push always fits. */
  readonly outboxBytes: number;
  /** Milliseconds between pings; a client that gave no sign of life from one to the next is dead. */
  readonly heartbeatMs: number;
  /** Milliseconds in which what goes to the same clients is joined; 0 for none. */
  readonly frameWindowMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxConnections: 50_000,
  inboxMessages: 64,
  inboxBytes: 2 * 1024 * 1024,
  outboxBytes: 4 * 1024 * 1024,
  heartbeatMs: 30_000,
  frameWindowMs: 2,
};
