/** A broadcast as somebody heard it: one object for all who did. */
export interface Message {
  readonly messageId: string;
  /** The connection that said it. */
  readonly from: string;
  /** Counts what this connection says. */
  readonly n: number;
  /** How many frames of it arrived, at all clients together. */
  arrivals: number;
  lastArrivalAt: number;
}

/** A broadcast as its sender knows it. Times are milliseconds of one monotonic clock. */
export interface Said {
  readonly n: number;
  readonly sentAt: number;
  /** Null for as long as neither an acknowledgement nor an error came. */
  answer: { readonly acknowledged: boolean; readonly text: string; readonly at: number } | null;
}

/** What one connection saw, from its opening to its close. */
export interface Attendance {
  /** Its `secConnectionID`. */
  readonly id: string;
  readonly openedAt: number;
  readonly closedAt: number | null;
  /** Whether it was the client that closed it. */
  readonly hasLeft: boolean;
  readonly heard: readonly Message[];
  readonly said: readonly Said[];
}

/** What the ledger says of a broadcast, all its parts together. */
export interface Receipt {
  readonly broadcastId: string;
  readonly lanes: number;
  readonly lanesReported: number;
  readonly recipients: number;
  readonly delivered: number;
  readonly gone: number;
  readonly slow: number;
  readonly failed: number;
  readonly pending: number;
}
