import { LedgerUnavailable, type LedgerSession, SessionLedger, type Tenure } from './session-ledger.port';

interface Lease extends Tenure {
  /** 0 when the tenure is over. */
  until: number;
}

interface Owned {
  readonly session: LedgerSession;
  lease: Lease;
}

export class MemorySessionLedger extends SessionLedger {
  private readonly leases: Lease[] = [];
  private readonly sessions = new Map<string, Owned>();
  private readonly apiIds = new Map<string, string>();

  async begin(nodeId: string, now: number, leaseMs: number): Promise<Tenure> {
    const earlier = this.leases.filter((lease) => lease.nodeId === nodeId);
    for (const lease of earlier) lease.until = 0;
    const lease = { nodeId, epoch: earlier.length + 1, until: now + leaseMs };
    this.leases.push(lease);
    return { nodeId, epoch: lease.epoch };
  }

  async renew(tenure: Tenure, now: number, leaseMs: number): Promise<boolean> {
    const lease = this.find(tenure);
    if (!lease || lease.until === 0) return false;
    lease.until = now + leaseMs;
    return true;
  }

  async end(tenure: Tenure): Promise<void> {
    const lease = this.find(tenure);
    if (lease) lease.until = 0;
  }

  async add(tenure: Tenure, session: LedgerSession): Promise<void> {
    const lease = this.find(tenure);
    if (!lease || lease.until === 0)
      throw new LedgerUnavailable(`tenure ${tenure.epoch} of this node is over`);
    if (!this.sessions.has(session.connectionId)) this.sessions.set(session.connectionId, { session, lease });
  }

  async remove(connectionIds: readonly string[]): Promise<void> {
    for (const id of connectionIds) this.sessions.delete(id);
  }

  async adopt(tenure: Tenure, now: number, limit: number): Promise<readonly LedgerSession[]> {
    const heir = this.find(tenure);
    if (!heir || heir.until <= now) return [];
    const orphans = [...this.sessions.values()].filter(({ lease }) => lease.until <= now).slice(0, limit);
    for (const orphan of orphans) {
      orphan.lease.until = 0;
      orphan.lease = heir;
    }
    return orphans.map(({ session }) => session);
  }

  async apiId(name: string, candidate: string): Promise<string> {
    const id = this.apiIds.get(name) ?? candidate;
    this.apiIds.set(name, id);
    return id;
  }

  private find({ nodeId, epoch }: Tenure): Lease | undefined {
    return this.leases.find((lease) => lease.nodeId === nodeId && lease.epoch === epoch);
  }
}
