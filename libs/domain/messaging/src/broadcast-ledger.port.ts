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
  /** Which of its lanes have reported, in their order. */
  readonly lanesReported: readonly number[];
  /** `finished` when every lane has reported and nothing is pending. */
  readonly status: 'running' | 'finished';
}

/** A broadcast that is about to be published, from which on its receipt can be asked for. */
export interface Announcement {
  readonly broadcastId: string;
  readonly lanes: number;
  readonly acceptedAt: number;
  /** Stands for what the broadcast says and to whom; at most 64 characters. */
  readonly fingerprint: string;
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

  /**
   * Resolves to the receipt as it is now. One that was announced before stays as it was; `conflicting` when that was
   * with another fingerprint.
   */
  abstract announce(announcement: Announcement): Promise<Receipt | 'conflicting'>;

  /** Null for a broadcast of which nothing is recorded, and that was not announced. */
  abstract find(broadcastId: string): Promise<Receipt | null>;

  /** Forgets broadcasts accepted before this moment (milliseconds since the Unix epoch). */
  abstract prune(acceptedBefore: number): Promise<void>;
}
