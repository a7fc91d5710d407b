import {
  batchLength,
  decodeQueueMessage,
  encodeQueueMessage,
  gaveUp,
  MalformedMessage,
  MAX_DELIVERIES,
  type QueueMessage,
} from '@sendback/domain/messaging';

interface Entry {
  readonly tag: number;
  readonly bytes: number;
  readonly content: QueueMessage | Unreadable;
  /** Says again what a message before it says, which is not settled yet. */
  readonly duplicate: boolean;
  deliveries: number;
}

interface Unreadable {
  readonly body: string;
  readonly reason: string;
}

export interface Taken {
  readonly messages: readonly QueueMessage[];
  readonly entries: readonly Entry[];
}

export interface Dead {
  readonly body: string;
  readonly reason: string;
  readonly entries: readonly Entry[];
}

/** What the broker has handed to this consumer of a lane and it has not settled, in the order of the lane. */
export class LaneWindow {
  private readonly entries: Entry[] = [];
  private readonly unsettled = new Set<string>();
  private arrived = 0;

  get size(): number {
    return this.entries.length;
  }

  /**
   * @param tag by which the broker knows this delivery
   * @param returns how often the broker took the message back from a consumer that was lost
   */
  add(tag: number, body: Buffer, returns: number): void {
    const content = contentOf(body);
    const id = idOf(content);
    const duplicate = id !== null && this.unsettled.has(id);
    if (id !== null) this.unsettled.add(id);
    this.entries.push({
      tag,
      bytes: body.length,
      content,
      duplicate,
      deliveries: this.deliveriesAfter(returns),
    });
  }

  /** The next batch, counted as handed over, or the message at the head if it is to be given up. Null when empty. */
  next(): Taken | Dead | null {
    const [head] = this.entries;
    if (!head) return null;
    const death = deathOf(head);
    if (death) return { ...death, entries: [head] };
    const firstDead = this.entries.findIndex((entry) => deathOf(entry) !== null);
    const alive = this.entries
      .slice(0, firstDead < 0 ? undefined : firstDead)
      .filter((entry) => !entry.duplicate);
    const batch = alive.slice(0, batchLength(alive));
    const messages = batch.flatMap(({ content }) => ('reason' in content ? [] : [content]));
    for (const entry of batch) entry.deliveries++;
    return { messages, entries: this.entries.slice(0, this.entries.indexOf(batch.at(-1) ?? head) + 1) };
  }

  /** Its handler is done: what says the same from now on is no duplicate. */
  settling({ entries }: Taken): void {
    for (const { content } of entries) this.unsettled.delete(idOf(content) ?? '');
  }

  /** It comes again. */
  putBack({ entries }: Taken): void {
    for (const { content } of entries) this.unsettled.add(idOf(content) ?? '');
  }

  /** With the duplicates behind it. @returns the tag up to which everything is settled */
  remove({ entries }: Taken | Dead): number {
    const next = this.entries.findIndex(({ duplicate }, index) => index >= entries.length && !duplicate);
    const removed = this.entries.splice(0, next < 0 ? this.entries.length : next);
    for (const { content } of entries) this.unsettled.delete(idOf(content) ?? '');
    return removed.at(-1)?.tag ?? 0;
  }

  /**
   * The broker counts for everything that was in a lost consumer's window, and not only for what that one was at. So
   * the first time tells nothing, and only the head of a lane is given up for what its consumers came to.
   */
  private deliveriesAfter(returns: number): number {
    const suspected = Math.max(0, returns - 1);
    return this.arrived++ === 0 ? suspected : Math.min(1, suspected);
  }
}

function contentOf(body: Buffer): QueueMessage | Unreadable {
  const text = body.toString();
  try {
    return decodeQueueMessage(text);
  } catch (error) {
    if (error instanceof MalformedMessage) return { body: text, reason: error.message };
    throw error;
  }
}

const idOf = (content: QueueMessage | Unreadable): string | null =>
  'reason' in content ? null : `${content.attempt} ${content.messageId}`;

function deathOf({ content, deliveries }: Entry): Unreadable | null {
  if ('reason' in content) return content;
  return deliveries < MAX_DELIVERIES
    ? null
    : { body: encodeQueueMessage(content), reason: gaveUp(deliveries) };
}
