import type { Clock, Log } from '@sendback/domain/runtime';
import type { SessionLedger, Tenure } from './session-ledger.port';

/** A gateway that is silent for so long has died, as far as others are concerned. */
const LEASE_MS = 10_000;

export interface TenancyEvents {
  /** At the beginning, and every third of a lease. */
  renewed(tenure: Tenure): void;
  /** Others own this node's sessions now. Comes once at most, and nothing after it. */
  lost(): void;
}

/** Keeps the lease under which this node owns its sessions (design: durable end). */
export class Tenancy {
  private tenure: Tenure | null = null;

  constructor(
    private readonly ledger: SessionLedger,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly events: TenancyEvents,
  ) {}

  get isHeld(): boolean {
    return this.tenure !== null;
  }

  /** @throws LedgerUnavailable */
  async begin(nodeId: string): Promise<Tenure> {
    const tenure = await this.ledger.begin(nodeId, this.clock.now(), LEASE_MS);
    this.tenure = tenure;
    this.events.renewed(tenure);
    this.renewLater(tenure);
    return tenure;
  }

  /** What is still owned is orphaned. Where the ledger cannot be told, the lease runs out by itself. Never rejects. */
  async end(): Promise<void> {
    const { tenure } = this;
    this.tenure = null;
    try {
      if (tenure) await this.ledger.end(tenure);
    } catch (error) {
      this.log.warn('the lease could not be given up', { error });
    }
  }

  private renewLater(tenure: Tenure): void {
    this.clock.after(LEASE_MS / 3, () => void this.renew(tenure));
  }

  /** An unreachable ledger is asked again: only its "no" means that somebody else took over. */
  private async renew(tenure: Tenure): Promise<void> {
    const kept = await this.ledger.renew(tenure, this.clock.now(), LEASE_MS).catch((error: unknown) => {
      this.log.warn('the lease could not be renewed', { error });
      return null;
    });
    if (this.tenure !== tenure) return;
    if (kept === false) {
      this.tenure = null;
      this.events.lost();
      return;
    }
    if (kept) this.events.renewed(tenure);
    this.renewLater(tenure);
  }
}
