import type { Recipients } from './broadcast';
import type { ReceiptPart } from './broadcast-ledger.port';
import type { Settlement } from './broadcast-queue.port';
import { lanesOf } from './lanes';
import type { PushFailure, PushMessage, PushReport } from './pusher.port';
import type { QueueMessage } from './queue-message';

/** What becomes of one queue message while it is fanned out. */
export class Delivery {
  readonly pushMessage: PushMessage;
  /** The sender, who is none of its recipients. */
  private readonly except: string | null;
  private readonly failures: (PushFailure & Pick<Recipients, 'pushAddress'>)[] = [];
  private recipients = 0;
  private gone = 0;
  private slow = 0;

  constructor(readonly message: QueueMessage) {
    const { broadcastId, payload, target, traceparent } = message.broadcast;
    this.except = target.except;
    this.pushMessage = {
      messageId: broadcastId,
      payload,
      ...(target.except !== null && { except: target.except }),
      ...(traceparent !== null && { traceparent }),
    };
  }

  hasSameAudienceAs({ message: other }: Delivery): boolean {
    if (this.message.recipients || other.recipients) return false;
    return audienceOf(this.message) === audienceOf(other);
  }

  /** False where the sender is alone. */
  isForAnyOf({ connectionIds }: Recipients): boolean {
    return this.countOf(connectionIds) > 0;
  }

  count({ pushAddress, connectionIds }: Recipients, { gone, slow, failed }: PushReport): void {
    this.recipients += this.countOf(connectionIds);
    this.gone += this.countOf(gone);
    this.slow += this.countOf(slow);
    for (const { connectionIds: ids, ...failure } of failed) {
      const others = ids.filter((id) => id !== this.except);
      if (others.length > 0) this.failures.push({ ...failure, connectionIds: others, pushAddress });
    }
  }

  /** Recipients that are not connected any more. */
  countGone(count: number): void {
    this.recipients += count;
    this.gone += count;
  }

  receiptPart(lane: number, lanes: number, retryDelaysMs: readonly number[]): ReceiptPart {
    const { broadcast, messageId, recipients: retried } = this.message;
    const pending = size(this.failures.filter((failure) => this.willRetry(failure, retryDelaysMs)));
    const failed = size(this.failures) - pending;
    return {
      broadcastId: broadcast.broadcastId,
      part: retried ? `retry-${lane}-${messageId}` : `lane-${lane}`,
      lanes: lanesOf(broadcast.target, lanes).length,
      acceptedAt: broadcast.acceptedAt,
      tally: {
        recipients: retried ? 0 : this.recipients,
        delivered: this.recipients - this.gone - this.slow - failed - pending,
        gone: this.gone,
        slow: this.slow,
        failed,
        pending: retried ? pending - this.recipients : pending,
      },
    };
  }

  settlement(retryDelaysMs: readonly number[]): Settlement {
    const { message } = this;
    const retries: Settlement['retries'][number][] = [];
    const deadLetters: Settlement['deadLetters'][number][] = [];
    for (const [index, failure] of this.failures.entries()) {
      const { pushAddress, connectionIds, reason } = failure;
      const rest = {
        messageId: `${message.messageId}.${index}`,
        broadcast: message.broadcast,
        attempt: message.attempt + 1,
        recipients: { pushAddress, connectionIds },
      };
      const delayMs = this.willRetry(failure, retryDelaysMs) ? retryDelaysMs[message.attempt] : undefined;
      if (delayMs === undefined) deadLetters.push({ message: rest, reason });
      else retries.push({ message: rest, delayMs });
    }
    return { retries, deadLetters };
  }

  private countOf(connectionIds: readonly string[]): number {
    return connectionIds.length - (this.except !== null && connectionIds.includes(this.except) ? 1 : 0);
  }

  private willRetry({ retryable }: PushFailure, retryDelaysMs: readonly number[]): boolean {
    return retryable && this.message.attempt < retryDelaysMs.length;
  }
}

const audienceOf = ({ broadcast: { target } }: QueueMessage): string =>
  JSON.stringify({ ...target, except: null });

const size = (failures: readonly PushFailure[]): number =>
  failures.reduce((total, { connectionIds }) => total + connectionIds.length, 0);
