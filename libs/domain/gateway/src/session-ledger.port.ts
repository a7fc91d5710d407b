import { DomainError } from '@sendback/domain/runtime';

/** One incarnation of a gateway node. A later epoch of the same node fences off the earlier ones. */
export interface Tenure {
  readonly nodeId: string;
  readonly epoch: number;
}

/** What the nodes that share a ledger know of each other. */
export interface GatewayNode {
  /** Names one tenure in the ids of its connections ({@link ConnectionIds}): random, never used again. */
  readonly tag: string;
  /** `http(s)://host:port` where the node takes reverse pushes from the others. */
  readonly address: string;
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
 * durable end), and where the nodes that share it find each other.
 *
 * - What resolved is durable against the death of the process.
 * - Leases go by the ledger's own clock: those of the nodes may differ.
 * - A session is owned by one tenure at a time. It is orphaned when its owner's tenure is over: its node has begun a later
 *   epoch, it was ended, or another tenure found its lease run out. What is over stays over.
 * - Adopting is atomic: of two that adopt at once, one gets a session.
 * - A tenure that is over is told so by `renew`, and must close its sockets.
 * - Every failure is a {@link LedgerUnavailable}.
 */
export abstract class SessionLedger {
  /**
   * Begins a new epoch of the node, greater than all before, with a lease of `leaseMs`.
   * @param node how it presents itself to others; null for a node that is alone on its ledger
   */
  abstract begin(nodeId: string, leaseMs: number, node: GatewayNode | null): Promise<Tenure>;

  /** Extends the lease to `leaseMs` from now, also one that ran out unnoticed. False when the tenure is over. */
  abstract renew(tenure: Tenure, leaseMs: number): Promise<boolean>;

  /** Gives up the lease at once, at the end of a graceful stop. What it still owns is orphaned. */
  abstract end(tenure: Tenure): Promise<void>;

  /** Tenures that are not over, their lease run out or not; those that present themselves to nobody left out. */
  abstract nodes(): Promise<readonly GatewayNode[]>;

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
   * @param silentToo first ends every tenure whose lease has run out; else only what is over already is taken over
   */
  abstract adopt(tenure: Tenure, limit: number, silentToo: boolean): Promise<readonly LedgerSession[]>;

  /**
   * What has been kept under this name since somebody first asked for it; `candidate` becomes it when there is nothing
   * yet. The ids of APIs are kept so, and what all nodes of a ledger must agree on. At most 200 characters each.
   */
  abstract secret(name: string, candidate: string): Promise<string>;
}
