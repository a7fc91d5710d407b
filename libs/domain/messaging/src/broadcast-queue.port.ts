import { DomainError } from '@sendback/domain/runtime';
import type { Broadcast } from './broadcast';
import type { QueueMessage } from './queue-message';

/** How much of a lane is handed over at once: whichever limit is reached first, but at least one message. */
export const MAX_BATCH_MESSAGES = 256;
export const MAX_BATCH_BYTES = 1024 * 1024;

export interface LaneBatch {
  readonly lane: number;
  /** In the order of the lane, none twice. */
  readonly messages: readonly QueueMessage[];
  /** True once the lane has been lost to another consumer: what is settled from then on has no effect. */
  lost(): boolean;
}

/** What becomes of a batch. All its messages leave the lane; these take their places. */
export interface Settlement {
  readonly retries: readonly { readonly message: QueueMessage; readonly delayMs: number }[];
  readonly deadLetters: readonly { readonly message: QueueMessage; readonly reason: string }[];
}

export type LaneHandler = (batch: LaneBatch) => Promise<Settlement>;

export interface LaneConsumer {
  /** Takes no further batch and resolves when those in hand are settled. Idempotent. */
  stop(): Promise<void>;
}

/** The queue cannot be reached, or did not confirm: the broadcast must not be acknowledged to anyone. */
export class QueueUnavailable extends DomainError {
  readonly code = 'queue_unavailable';
  readonly retryable = true;
}

/**
 * Durable, ordered lanes of broadcasts (design: how a broadcast flows).
 *
 * - Order: on one lane, messages are handed over in the order in which their `publish` calls were made, if each
 *   began after the one before had resolved. A delayed retry comes when it is due, behind what waits by then.
 * - Delivery is at least once: a batch whose handler threw, whose consumer died or whose settlement failed is
 *   handed over again, the same messages in the same order, before anything behind them.
 * - One lane has one handler at work at a time, over all processes; different lanes run beside each other. The lanes
 *   are shared among the live consumers; a dead consumer's are taken over within seconds. A consumer that was only
 *   paused finds `lost()` true, and its settlement is without effect.
 * - A handler that throws is called again with growing pauses, by the adapter; a message that was handed over 20
 *   times unsettled becomes a dead letter. Others on its lane go on.
 * - A body that does not parse becomes a dead letter; others on its lane go on.
 * - Dead letters get to the deployment's DeadLetterStore, none lost, and soon after they died.
 * - Settling happens after the handler resolved, as a whole.
 */
export abstract class BroadcastQueue {
  /** Fixed for a deployment: producers and consumers must agree on it. */
  abstract readonly lanes: number;

  /**
   * Resolves once the broadcast is durable on each of its lanes (`lanesOf`), as `messageId` = `broadcastId` and
   * `attempt` 0. Publishing a broadcastId that still waits changes nothing; a broker that keeps no ids may hand it over
   * twice when more than {@link MAX_BATCH_MESSAGES} wait before it, which connections do not see.
   * @throws QueueUnavailable within 5 seconds
   */
  abstract publish(broadcast: Broadcast): Promise<void>;

  /**
   * Puts a message back on a lane, behind what waits there: resolves once it is durable. A message of that id which
   * still waits on the lane may be left as it is.
   * @throws QueueUnavailable within 5 seconds
   */
  abstract enqueue(lane: number, message: QueueMessage): Promise<void>;

  /**
   * About how many messages are on the lanes, delayed retries included. What other processes have in hand may be missing:
   * up to {@link MAX_BATCH_MESSAGES} a lane.
   * @throws QueueUnavailable within 5 seconds
   */
  abstract depth(): Promise<number>;

  /** Starts to serve lanes with this handler until stopped. Never throws: while the queue is away it tries again. */
  abstract consume(handler: LaneHandler): LaneConsumer;

  /** Lets go of its connections, once its consumers are stopped. Nothing may be asked of it afterwards. Idempotent. */
  abstract close(): Promise<void>;
}
