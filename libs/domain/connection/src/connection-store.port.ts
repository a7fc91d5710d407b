import { DomainError } from '@sendback/domain/runtime';

/** A client's connection, as registration recorded it. */
export interface Connection {
  /** `secConnectionID`, contract §1. */
  readonly connectionId: string;
  /** The reverse push address that reaches it; null for rows that other code wrote: the deployment's default. */
  readonly pushAddress: string | null;
  /** Whose connection it is, as the `ConnectPolicy` said; null for nobody's. */
  readonly userId: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number;
}

/** A slice of the connections in ascending order of id, as the store compares ids. */
export interface ConnectionPageQuery {
  /** Only ids greater than this one; the empty string is less than every id. */
  readonly after: string;
  /** Only ids up to and including this one; null for no upper end. */
  readonly upTo: string | null;
  /** Only members of this room; null for every connection. */
  readonly room: string | null;
  /** Only connections of this user; null for everyone's. */
  readonly userId: string | null;
  /** At most this many, 1 to 10,000. */
  readonly limit: number;
}

/** Rooms, or users, whose connections are asked for together. */
export interface ConnectionGroupsQuery {
  readonly by: 'room' | 'user';
  /** At most {@link MAX_GROUPS}. */
  readonly names: readonly string[];
  /** Of connections, over all of them: 1 to 10,000. */
  readonly limit: number;
}

export const MAX_GROUPS = 256;

export type JoinOutcome = 'joined' | 'gone' | 'full';

/** The store cannot be reached, or failed; nothing is known of whether the call took effect. */
export class StorageUnavailable extends DomainError {
  readonly code = 'storage_unavailable';
  readonly retryable = true;
}

/**
 * The open connections and the rooms they are in.
 *
 * - Every method may be called at any time, from many processes at once, and is idempotent.
 * - A method that resolved has taken effect durably: it is seen by every later call of any process.
 * - "Missing" is never an error: `find` gives null, `remove` and `leave` do nothing.
 * - Nothing is retried here: whoever calls, decides.
 * - Every failure is a {@link StorageUnavailable}.
 */
export abstract class ConnectionStore {
  /** Records a connection. One that is recorded already stays as it is. */
  abstract add(connection: Connection): Promise<void>;

  /** Removes connections together with their memberships. Takes any number of ids. */
  abstract remove(connectionIds: readonly string[]): Promise<void>;

  abstract find(connectionId: string): Promise<Connection | null>;

  /** Those of the ids that are recorded, in any order. Takes any number of ids. */
  abstract findAll(connectionIds: readonly string[]): Promise<readonly Connection[]>;

  /** The names of the rooms it is in, in any order. */
  abstract roomsOf(connectionId: string): Promise<readonly string[]>;

  abstract count(): Promise<number>;

  /** By key, never by offset: as fast at the end as at the start. Fewer than `limit` means: this was the last page. */
  abstract page(query: ConnectionPageQuery): Promise<readonly Connection[]>;

  /**
   * All connections of each of these rooms or users, by its name and in any order; none for one that is unknown. When
   * they are more than the limit, names are left out, and nobody's connections are cut short.
   */
  abstract groups(query: ConnectionGroupsQuery): Promise<ReadonlyMap<string, readonly Connection[]>>;

  /**
   * `joined` also when it was a member before; `gone` when the connection is not recorded, which leaves nothing
   * behind; `full` when it is in {@link MAX_ROOMS_PER_CONNECTION} other rooms.
   */
  abstract join(connectionId: string, room: string): Promise<JoinOutcome>;

  abstract leave(connectionId: string, room: string): Promise<void>;
}
