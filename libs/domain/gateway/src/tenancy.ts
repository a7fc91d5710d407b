import type { Clock, Log } from '@sendback/domain/runtime';
import type { GatewayNode, SessionLedger, Tenure } from './session-ledger.port';

/** A gateway that is silent for so long has died, as far as others are concerned. */
const LEASE_MS = 10_000;

export interface TenancyEvents {
  /**
   * At the beginning, and every third of a lease.
   * @param mayEndOthers a node that has reached the ledger throughout one lease may say that those who did not are dead;
   *   when the ledger was away, they get the same time to come back
   */
  renewed(tenure: Tenure, mayEndOthers: boolean): void;
  /** Others own this node's sessions now. Comes once at most, and nothing after it. */
  lost(): void;
}

/** Keeps the lease under which this node owns its sessions (design: durable end). */
export class Tenancy {
  private tenure: Tenure | null = null;
  private renewing: Promise<void> | null = null;
  /** When the ledger was last asked to renew, by this node's clock, or found to be away. */
  private askedAt = 0;
  private confirmedAt = 0;
  /** Since when every renewal came in time. */
  private steadySince = Infinity;

  constructor(
    private readonly ledger: SessionLedger,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly events: TenancyEvents,
  ) {}

  get isHeld(): boolean {
    return this.tenure !== null;
  }

  /** Milliseconds since the ledger last confirmed it; null when there is none. */
  get ageMs(): number | null {
    return this.isHeld ? this.clock.now() - this.confirmedAt : null;
  }

  /**
   * This process stood still for longer than its lease: its sessions may be somebody else's. Nothing may be done for
   * them before {@link confirm}.
   */
  get isDoubtful(): boolean {
    return this.isHeld && this.clock.now() - this.askedAt >= LEASE_MS;
  }

  /** @throws LedgerUnavailable */
  async begin(nodeId: string, node: GatewayNode): Promise<Tenure> {
    this.askedAt = this.steadySince = this.confirmedAt = this.clock.now();
    const tenure = await this.ledger.begin(nodeId, LEASE_MS, node);
    this.tenure = tenure;
    this.events.renewed(tenure, false);
    this.renewLater();
    return tenure;
  }

  /** Resolves when the ledger has said whose the sessions are, or is away: then nobody took them. Never rejects. */
  async confirm(): Promise<void> {
    while (this.isDoubtful) await this.renew();
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

  private renewLater(): void {
    this.clock.after(LEASE_MS / 3, () => void this.renewAndGoOn());
  }

  private async renewAndGoOn(): Promise<void> {
    await this.renew();
    if (this.isHeld) this.renewLater();
  }

  /** Once at a time: who asks meanwhile waits for the same answer. */
  private async renew(): Promise<void> {
    this.renewing ??= this.askToRenew().finally(() => (this.renewing = null));
    await this.renewing;
  }

  /** An unreachable ledger is asked again: only its "no" means that somebody else took over. */
  private async askToRenew(): Promise<void> {
    const { tenure } = this;
    if (!tenure) return;
    const now = this.clock.now();
    const stoodStill = this.isDoubtful;
    const kept = await this.ledger.renew(tenure, LEASE_MS).catch((error: unknown) => {
      this.log.warn('the lease could not be renewed', { error });
      return null;
    });
    if (this.tenure !== tenure) return;
    this.askedAt = now;
    if (kept === null) this.steadySince = Infinity;
    else if (kept) this.kept(tenure, stoodStill ? now : Math.min(this.steadySince, now), now);
    else this.lose();
  }

  private kept(tenure: Tenure, steadySince: number, now: number): void {
    this.steadySince = steadySince;
    this.confirmedAt = now;
    this.events.renewed(tenure, now - steadySince >= LEASE_MS);
  }

  private lose(): void {
    this.tenure = null;
    this.events.lost();
  }
}
