import type { Clock } from '@sendback/domain/runtime';
import {
  type GatewayNode,
  LedgerUnavailable,
  type LedgerSession,
  SessionLedger,
  type Tenure,
} from './session-ledger.port';

interface Lease extends Tenure {
  readonly node: GatewayNode | null;
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
  private readonly secrets = new Map<string, string>();

  /** @param clock what leases go by; without one, time stands still */
  constructor(private readonly clock: Pick<Clock, 'now'> = { now: () => 1 }) {
    super();
  }

  async begin(nodeId: string, leaseMs: number, node: GatewayNode | null): Promise<Tenure> {
    if (this.leases.some((lease) => node && lease.node?.tag === node.tag))
      throw new LedgerUnavailable('a tenure had this tag before');
    const earlier = this.leases.filter((lease) => lease.nodeId === nodeId);
    for (const lease of earlier) lease.until = 0;
    const lease = { nodeId, epoch: earlier.length + 1, node, until: this.clock.now() + leaseMs };
    this.leases.push(lease);
    return { nodeId, epoch: lease.epoch };
  }

  async renew(tenure: Tenure, leaseMs: number): Promise<boolean> {
    const lease = this.find(tenure);
    if (!lease || lease.until === 0) return false;
    lease.until = this.clock.now() + leaseMs;
    return true;
  }

  async end(tenure: Tenure): Promise<void> {
    const lease = this.find(tenure);
    if (lease) lease.until = 0;
  }

  async nodes(): Promise<readonly GatewayNode[]> {
    return this.leases.flatMap(({ node, until }) => (node && until > 0 ? [node] : []));
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

  async adopt(tenure: Tenure, limit: number, silentToo: boolean): Promise<readonly LedgerSession[]> {
    const heir = this.find(tenure);
    const now = this.clock.now();
    if (!heir || heir.until <= now) return [];
    if (silentToo) for (const lease of this.leases) if (lease.until <= now) lease.until = 0;
    const orphans = [...this.sessions.values()].filter(({ lease }) => lease.until === 0).slice(0, limit);
    for (const orphan of orphans) orphan.lease = heir;
    return orphans.map(({ session }) => session);
  }

  async secret(name: string, candidate: string): Promise<string> {
    const kept = this.secrets.get(name) ?? candidate;
    this.secrets.set(name, kept);
    return kept;
  }

  private find({ nodeId, epoch }: Tenure): Lease | undefined {
    return this.leases.find((lease) => lease.nodeId === nodeId && lease.epoch === epoch);
  }
}
