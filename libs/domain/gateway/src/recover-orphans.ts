import type { Log } from '@sendback/domain/runtime';
import { shortApiId } from './api';
import { CloseCode } from './close-code';
import type { LedgerRemovals } from './ledger-removals';
import type { LiveApi } from './live-api';
import type { Obligations } from './obligations';
import type { LedgerSession, SessionLedger, Tenure } from './session-ledger.port';

const PAGE = 100;

/** Orphans beyond this stay in the ledger until some of these are done with. */
const MAX_PENDING = 10_000;

/** Calls cleanup for the connections of gateways that died (contract §3), this one's earlier lives among them. */
export class RecoverOrphans {
  private running = false;

  constructor(
    private readonly ledger: SessionLedger,
    private readonly apis: readonly LiveApi[],
    private readonly removals: LedgerRemovals,
    private readonly obligations: Obligations,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when every orphan there is now is taken over; one call at a time does the work. Never rejects.
   * @param mayEndOthers whether nodes whose lease has run out are dead
   */
  async execute(tenure: Tenure, mayEndOthers: boolean): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (this.pending() < MAX_PENDING) {
        const page = await this.ledger.adopt(tenure, PAGE, mayEndOthers);
        if (page.length === 0) break;
        this.log.info('cleaning up after a gateway that stopped', { count: page.length });
        for (const orphan of page) this.takeOver(orphan);
      }
    } catch (error) {
      this.log.warn('orphans could not be adopted', { error });
    } finally {
      this.running = false;
    }
  }

  private pending(): number {
    return this.apis.reduce((sum, { cleanups }) => sum + cleanups.pending, 0);
  }

  private takeOver({ connectionId, apiId, cleanupRequestId: requestId }: LedgerSession): void {
    this.obligations.add();
    const live = this.apis.find(({ api }) => api.id === apiId);
    if (live) {
      const closeReason = 'gateway restarted';
      live.cleanups.add({ connectionId, requestId, closeCode: CloseCode.dropped, closeReason });
      return;
    }
    this.log.warn('an orphan belongs to no API any more', { connectionId, apiId: shortApiId(apiId) });
    this.removals.add(connectionId);
  }
}
