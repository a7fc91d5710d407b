import { DomainError } from '@sendback/domain/runtime';

/** One incarnation of a gateway node. A later epoch of the same node fences off the earlier ones. */
export interface Tenure {
  readonly nodeId: string;
  readonly epoch: number;
}

/** A connection for which the cleanup function is still to be called when it ends. */
export interface LedgerSession {
  readonly connectionId: string;
  readonly apiId: string;
  /** The `requestId` of its cleanup event, the same on every attempt and after every crash. At most 50 characters. */
  readonly cleanupRequestId: string;
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number;
}

/** The ledger cannot be reached, or failed. */
export class LedgerUnavailable extends DomainError {
  readonly code = 'ledger_unavailable';
  readonly retryable = true;
}

/**
 * Where open sessions stand, so that cleanup is called for every one of them whatever dies (contract §3; design:
 * durable end).
 *
 * - What resolved is durable against the death of the process.
 * - A session is owned by one tenure at a time. It is orphaned when its owner's node has begun a later epoch, or when
 *   the owner's lease ran out. Adopting is atomic: of two that adopt at once, one gets a session.
 * - A tenure that has lost its sessions (a later epoch, or adopted by another after its lease ran out) is told so by
 *   `renew`, and must close its sockets.
 * - Every failure is a {@link LedgerUnavailable}.
 */
export abstract class SessionLedger {
  /** Begins a new epoch of the node, greater than all before, with a lease of `leaseMs` from `now`. */
  abstract begin(nodeId: string, now: number, leaseMs: number): Promise<Tenure>;

  /** Extends the lease to `now + leaseMs`. False when the tenure is over: fenced off, or its lease was lost to another. */
  abstract renew(tenure: Tenure, now: number, leaseMs: number): Promise<boolean>;

  /** Gives up the lease at once, at the end of a graceful stop. What it still owns is orphaned. */
  abstract end(tenure: Tenure): Promise<void>;

  /**
   * Records a session as owned by this tenure, before its registration is called. One that is recorded stays as it is.
   * @throws LedgerUnavailable also when the tenure is over: the connection must then be refused
   */
  abstract add(tenure: Tenure, session: LedgerSession): Promise<void>;

  /** Forgets sessions, once their cleanup was answered or they need none. Unknown ids are fine. Any number. */
  abstract remove(connectionIds: readonly string[]): Promise<void>;

  /**
   * Takes over up to `limit` orphaned sessions; an empty array means there is none left, or that this tenure is over
   * or its lease has run out.
   */
  abstract adopt(tenure: Tenure, now: number, limit: number): Promise<readonly LedgerSession[]>;

  /** The id that the API of this name has kept since its first start; `candidate` becomes it when there is none yet. */
  abstract apiId(name: string, candidate: string): Promise<string>;
}
