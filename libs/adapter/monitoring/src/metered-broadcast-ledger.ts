import {
  type Announcement,
  BroadcastLedger,
  type Receipt,
  type ReceiptPart,
} from '@sendback/domain/messaging';
import type { Clock } from '@sendback/domain/runtime';
import type { Histogram } from 'prom-client';
import type { Metrics } from './metrics';

/** What waited on a lane, or walks through a million connections, takes its time. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Measures how long broadcasts take, from their acceptance until a lane has served them. */
export class MeteredBroadcastLedger extends BroadcastLedger {
  private readonly durations: Histogram<never>;

  constructor(
    private readonly ledger: BroadcastLedger,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    super();
    const definition = {
      name: 'sendback_broadcast_duration_seconds',
      help: 'From the acceptance of a broadcast until a lane has served it, retries left out; one for each lane',
      labelNames: [],
    };
    this.durations = metrics.histogram(definition, BUCKETS);
  }

  async record(parts: readonly ReceiptPart[]): Promise<void> {
    await this.ledger.record(parts);
    const now = this.clock.now();
    for (const { part, acceptedAt } of parts) {
      // The clock of the producer may be ahead.
      if (part.startsWith('lane-')) this.durations.observe(Math.max(0, now - acceptedAt) / 1_000);
    }
  }

  announce(announcement: Announcement): Promise<Receipt | 'conflicting'> {
    return this.ledger.announce(announcement);
  }

  find(broadcastId: string): Promise<Receipt | null> {
    return this.ledger.find(broadcastId);
  }

  prune(acceptedBefore: number): Promise<void> {
    return this.ledger.prune(acceptedBefore);
  }
}
