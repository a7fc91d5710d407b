import type { Recipients } from './broadcast';
import type { ReceiptPart } from './broadcast-ledger.port';
import type { Settlement } from './broadcast-queue.port';
import { lanesOf } from './lanes';
import type { PushFailure, PushMessage, PushReport } from './pusher.port';
import type { QueueMessage } from './queue-message';

/** What becomes of one queue message while it is fanned out. */
export class Delivery {
  readonly pushMessage: PushMessage;
  /** The connection that is left out: the sender. */
  readonly except: string | null;
  private readonly failures: (PushFailure & Pick<Recipients, 'pushAddress'>)[] = [];
  private recipients = 0;
  private gone = 0;
  private slow = 0;

  constructor(readonly message: QueueMessage) {
    const { broadcastId, payload, target, traceparent } = message.broadcast;
    this.pushMessage = { messageId: broadcastId, payload, ...(traceparent !== null && { traceparent }) };
    this.except = target.except;
  }

  hasSameAudienceAs({ message: other }: Delivery): boolean {
    if (this.message.recipients || other.recipients) return false;
    return audienceOf(this.message) === audienceOf(other);
  }

  count({ pushAddress, connectionIds }: Recipients, { gone, slow, failed }: PushReport): void {
    this.recipients += connectionIds.length;
    this.gone += gone.length;
    this.slow += slow.length;
    for (const failure of failed) this.failures.push({ ...failure, pushAddress });
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

  private willRetry({ retryable }: PushFailure, retryDelaysMs: readonly number[]): boolean {
    return retryable && this.message.attempt < retryDelaysMs.length;
  }
}

const audienceOf = ({ broadcast: { target } }: QueueMessage): string =>
  JSON.stringify({ ...target, except: null });

const size = (failures: readonly PushFailure[]): number =>
  failures.reduce((total, { connectionIds }) => total + connectionIds.length, 0);
