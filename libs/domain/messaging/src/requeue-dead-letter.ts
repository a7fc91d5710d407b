import type { BroadcastLedger, ReceiptPart } from './broadcast-ledger.port';
import type { BroadcastQueue } from './broadcast-queue.port';
import type { DeadLetterStore } from './dead-letter-store.port';
import { lanesOf } from './lanes';
import { decodeQueueMessage, type QueueMessage } from './queue-message';

/** Gives a dead letter another life: its recipients are pending again, with all their retries. */
export class RequeueDeadLetter {
  constructor(
    private readonly deadLetters: DeadLetterStore,
    private readonly ledger: BroadcastLedger,
    private readonly queue: BroadcastQueue,
  ) {}

  /**
   * Resolves to the message once it is back on its lane, null when there is no such dead letter. Harmless when it is
   * repeated: what was requeued twice is shown to nobody twice.
   * @throws MalformedMessage for one that no broadcaster could read
   * @throws StorageUnavailable
   * @throws QueueUnavailable
   */
  async execute(id: string): Promise<QueueMessage | null> {
    const letter = await this.deadLetters.find(id);
    if (!letter) return null;
    const died = decodeQueueMessage(letter.body);
    const message = { ...died, messageId: messageIdOf(died, id), attempt: 0 };
    const part = revived(message, letter.lane, this.queue.lanes);
    if (part) await this.ledger.record([part]);
    await this.queue.enqueue(letter.lane, message);
    await this.deadLetters.remove(id);
    return message;
  }
}

/** Of its own for what is left of a broadcast, so that ids do not grow with every death. */
function messageIdOf({ messageId, broadcast, recipients }: QueueMessage, id: string): string {
  return recipients ? `${broadcast.broadcastId}.requeued-${id}` : messageId;
}

/** Null for what was never fanned out, and so is not counted yet. */
function revived(
  { broadcast, messageId, recipients }: QueueMessage,
  lane: number,
  lanes: number,
): ReceiptPart | null {
  if (!recipients) return null;
  const count = recipients.connectionIds.length;
  return {
    broadcastId: broadcast.broadcastId,
    part: `requeue-${lane}-${messageId}`,
    lanes: lanesOf(broadcast.target, lanes).length,
    acceptedAt: broadcast.acceptedAt,
    tally: { recipients: 0, delivered: 0, gone: 0, slow: 0, failed: -count, pending: count },
  };
}
