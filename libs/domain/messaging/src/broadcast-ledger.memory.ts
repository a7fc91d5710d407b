import {
  type Announcement,
  BroadcastLedger,
  type Receipt,
  type ReceiptPart,
  type Tally,
} from './broadcast-ledger.port';

const LANE = 'lane-';

interface Entry {
  readonly lanes: number;
  readonly acceptedAt: number;
  fingerprint: string | null;
  readonly parts: Map<string, Tally>;
}

export class MemoryBroadcastLedger extends BroadcastLedger {
  private readonly broadcasts = new Map<string, Entry>();

  async announce({ fingerprint, ...announced }: Announcement): Promise<Receipt | 'conflicting'> {
    const entry = this.entry(announced);
    entry.fingerprint ??= fingerprint;
    return entry.fingerprint === fingerprint ? this.receipt(announced.broadcastId, entry) : 'conflicting';
  }

  async record(parts: readonly ReceiptPart[]): Promise<void> {
    for (const { part, tally, ...broadcast } of parts) this.entry(broadcast).parts.set(part, tally);
  }

  async find(broadcastId: string): Promise<Receipt | null> {
    const entry = this.broadcasts.get(broadcastId);
    return entry ? this.receipt(broadcastId, entry) : null;
  }

  async prune(acceptedBefore: number): Promise<void> {
    for (const [id, { acceptedAt }] of this.broadcasts) {
      if (acceptedAt < acceptedBefore) this.broadcasts.delete(id);
    }
  }

  private receipt(broadcastId: string, entry: Entry): Receipt {
    const tallies = [...entry.parts.values()];
    const sum = (of: keyof Tally): number => tallies.reduce((total, tally) => total + tally[of], 0);
    const lanesReported = [...entry.parts.keys()]
      .flatMap((part) => (part.startsWith(LANE) ? [Number(part.slice(LANE.length))] : []))
      .sort((one, other) => one - other);
    return {
      broadcastId,
      acceptedAt: entry.acceptedAt,
      lanesReported,
      status: lanesReported.length === entry.lanes && sum('pending') === 0 ? 'finished' : 'running',
      recipients: sum('recipients'),
      delivered: sum('delivered'),
      gone: sum('gone'),
      slow: sum('slow'),
      failed: sum('failed'),
      pending: sum('pending'),
    };
  }

  private entry({ broadcastId, lanes, acceptedAt }: Omit<Announcement, 'fingerprint'>): Entry {
    const entry = this.broadcasts.get(broadcastId) ?? {
      lanes,
      acceptedAt,
      fingerprint: null,
      parts: new Map<string, Tally>(),
    };
    this.broadcasts.set(broadcastId, entry);
    return entry;
  }
}
