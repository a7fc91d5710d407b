import { BroadcastLedger, type Receipt, type ReceiptPart } from './broadcast-ledger.port';

export class MemoryBroadcastLedger extends BroadcastLedger {
  private readonly broadcasts = new Map<string, Map<string, ReceiptPart>>();

  async record(parts: readonly ReceiptPart[]): Promise<void> {
    for (const part of parts) {
      const known = this.broadcasts.get(part.broadcastId) ?? new Map<string, ReceiptPart>();
      this.broadcasts.set(part.broadcastId, known.set(part.part, part));
    }
  }

  async find(broadcastId: string): Promise<Receipt | null> {
    const parts = [...(this.broadcasts.get(broadcastId)?.values() ?? [])];
    const [first] = parts.filter(({ part }) => part.startsWith('lane-'));
    if (!first) return null;
    const sum = (of: keyof ReceiptPart['tally']): number =>
      parts.reduce((total, { tally }) => total + tally[of], 0);
    const reported = parts.filter(({ part }) => part.startsWith('lane-')).length;
    return {
      broadcastId,
      acceptedAt: first.acceptedAt,
      status: reported === first.lanes && sum('pending') === 0 ? 'finished' : 'running',
      recipients: sum('recipients'),
      delivered: sum('delivered'),
      gone: sum('gone'),
      slow: sum('slow'),
      failed: sum('failed'),
      pending: sum('pending'),
    };
  }

  async prune(acceptedBefore: number): Promise<void> {
    for (const [id, parts] of this.broadcasts) {
      if ([...parts.values()].some(({ acceptedAt }) => acceptedAt < acceptedBefore))
        this.broadcasts.delete(id);
    }
  }
}
