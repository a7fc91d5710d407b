import type { Recipients } from './broadcast';
import type { Payload } from './payload';

export interface PushMessage {
  /**
   * The gateway gives a connection the same id once (contract §4). At most 200 characters. Without one, a message is
   * given again whenever its push is repeated, and takes no place among the ids that the gateway remembers.
   */
  readonly messageId?: string;
  readonly payload: Payload;
  /** Of the recipients, the one that is not given this message: its sender. Left out for none. */
  readonly except?: string;
  /** W3C trace context that travels with it; left out for none. */
  readonly traceparent?: string;
}

export interface PushFailure {
  readonly connectionIds: readonly string[];
  /** For people: status and message of the answer, or what went wrong on the way. Holds no push address. */
  readonly reason: string;
  /** Whether pushing the same again may succeed. */
  readonly retryable: boolean;
}

/** Every recipient that is in none of these lists was given all the messages that are for it. A recipient is in at most one. */
export interface PushReport {
  /** Unknown or closed: will never be reached again. */
  readonly gone: readonly string[];
  /** Its buffer is full; the gateway closes it. It may have been given some of the messages. */
  readonly slow: readonly string[];
  /** It is not known which of the messages arrived. Repeating them is safe: they keep their ids. */
  readonly failed: readonly PushFailure[];
}

/**
 * Speaks to clients through the reverse push address (contract §4).
 *
 * - Every recipient gets the messages in the given order. Two calls at once have no order between them.
 * - It never throws for what the address or the network does: that is in the report.
 * - Every call resolves within a deadline, whatever the other side does.
 * - Takes any number of recipients and messages, and splits them as the address requires.
 */
export abstract class Pusher {
  abstract push(recipients: Recipients, messages: readonly PushMessage[]): Promise<PushReport>;

  /**
   * Closes the connections; what was pushed to them before still arrives. Who is in none of the lists is closed, or is
   * being closed; for who is in `failed` it is not known. Repeating it is safe: who was closed before is `gone`.
   */
  abstract disconnect(recipients: Recipients): Promise<PushReport>;
}
