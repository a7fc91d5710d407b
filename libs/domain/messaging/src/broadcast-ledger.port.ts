/** How many recipients came to which end. */
export interface Tally {
  readonly recipients: number;
  readonly delivered: number;
  readonly gone: number;
  readonly slow: number;
  readonly failed: number;
  /** Still to be retried; a retry takes back with a negative figure what it settled. */
  readonly pending: number;
}

/** What one handling of one queue message contributes to the receipt of its broadcast. */
export interface ReceiptPart {
  readonly broadcastId: string;
  /** Names the queue message within its broadcast: recorded again, it replaces what it said before. */
  readonly part: string;
  /** How many lanes the broadcast travels on. */
  readonly lanes: number;
  readonly acceptedAt: number;
  readonly tally: Tally;
}

export interface Receipt extends Tally {
  readonly broadcastId: string;
  readonly acceptedAt: number;
  /** `finished` when every lane has reported and nothing is pending. */
  readonly status: 'running' | 'finished';
}

/**
 * Receipts of broadcasts: what became of each recipient.
 *
 * - `record` is idempotent by (broadcastId, part), durable when it resolves, and takes many parts at once.
 * - A receipt is the sum of its parts. Parts named `lane-N` are the lanes' own, others are retries.
 * - Every failure is a StorageUnavailable (domain/connection).
 */
export abstract class BroadcastLedger {
  abstract record(parts: readonly ReceiptPart[]): Promise<void>;

  /** Null while no lane has reported, and for an unknown id. */
  abstract find(broadcastId: string): Promise<Receipt | null>;

  /** Forgets broadcasts accepted before this moment (milliseconds since the Unix epoch). */
  abstract prune(acceptedBefore: number): Promise<void>;
}
