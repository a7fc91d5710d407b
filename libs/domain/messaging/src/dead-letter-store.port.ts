/** A queue message that was given up, as the one who gave it up hands it in. */
export interface NewDeadLetter {
  /** Names this death: handed in again, it is the same dead letter. At most 500 characters. */
  readonly key: string;
  readonly lane: number;
  /** The message as it was on the queue; it may not parse. */
  readonly body: string;
  readonly reason: string;
  /** Milliseconds since the Unix epoch. */
  readonly deadAt: number;
}

export interface DeadLetter extends Omit<NewDeadLetter, 'key'> {
  /** Unique and ascending in the order of arrival, as a string. */
  readonly id: string;
}

/**
 * Messages that were given up, until somebody requeues them.
 *
 * - Every method may be called at any time, from many processes at once, and is idempotent.
 * - A method that resolved has taken effect durably.
 * - "Missing" is never an error: `find` gives null, `remove` does nothing.
 * - Every failure is a StorageUnavailable (domain/connection).
 */
export abstract class DeadLetterStore {
  /** Keeps a dead letter. One whose key is there already stays as it is. */
  abstract add(letter: NewDeadLetter): Promise<void>;

  /** In ascending order of id, only ids greater than `after` (empty for the start), at most `limit`. */
  abstract page(after: string, limit: number): Promise<readonly DeadLetter[]>;

  abstract find(id: string): Promise<DeadLetter | null>;

  abstract remove(id: string): Promise<void>;
}
