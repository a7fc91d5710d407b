import { type Clock } from '@sendback/domain/runtime';
import type { Broadcast } from './broadcast';
import {
  BroadcastQueue,
  type LaneConsumer,
  type LaneHandler,
  MAX_BATCH_MESSAGES,
  type Settlement,
} from './broadcast-queue.port';
import type { DeadLetterStore } from './dead-letter-store.port';
import { lanesOf } from './lanes';
import { payloadBytes } from './payload';
import { decodeQueueMessage, encodeQueueMessage, type QueueMessage } from './queue-message';
import { batchLength, gaveUp, MAX_DELIVERIES, pauseAfter } from './redelivery';

interface Entry {
  readonly id: string;
  readonly body: string;
  readonly bytes: number;
  deliveries: number;
}

interface Lane {
  readonly number: number;
  readonly ready: Entry[];
  /** Of what is ready, in hand or delayed. */
  readonly ids: Set<string>;
  resting: boolean;
  failures: number;
}

interface Consumer {
  readonly handler: LaneHandler;
  readonly inHand: Set<Promise<void>>;
}

/** Lanes that end with their process. Consumers of one instance share the lanes as those of several processes would. */
export class MemoryBroadcastQueue extends BroadcastQueue {
  private readonly all: readonly Lane[];
  private readonly consumers: Consumer[] = [];
  private deaths = 0;

  constructor(
    readonly lanes: number,
    private readonly clock: Clock,
    private readonly deadLetters: DeadLetterStore,
  ) {
    super();
    this.all = Array.from({ length: lanes }, (_, number) => ({
      number,
      ready: [],
      ids: new Set(),
      resting: false,
      failures: 0,
    }));
  }

  async publish(broadcast: Broadcast): Promise<void> {
    const messageId = broadcast.broadcastId;
    const body = encodeQueueMessage({ messageId, broadcast, attempt: 0, recipients: null });
    for (const number of lanesOf(broadcast.target, this.lanes)) {
      const lane = this.lane(number);
      if (!lane.ids.has(messageId)) this.append(lane, messageId, body);
    }
  }

  async enqueue(number: number, message: QueueMessage): Promise<void> {
    const lane = this.lane(number);
    if (!lane.ids.has(message.messageId)) this.append(lane, message.messageId, encodeQueueMessage(message));
  }

  async depth(): Promise<number> {
    return this.all.reduce((total, { ids }) => total + ids.size, 0);
  }

  /** Puts any body on a lane, as other code that knows the storage could. */
  publishRaw(lane: number, body: string): void {
    this.append(this.lane(lane), body, body);
  }

  consume(handler: LaneHandler): LaneConsumer {
    const consumer: Consumer = { handler, inHand: new Set() };
    this.consumers.push(consumer);
    this.serveAll();
    return {
      stop: async () => {
        if (this.consumers.includes(consumer)) this.consumers.splice(this.consumers.indexOf(consumer), 1);
        this.serveAll();
        await Promise.all(consumer.inHand);
      },
    };
  }

  async close(): Promise<void> {
    // Nothing is held.
  }

  private lane(number: number): Lane {
    const lane = this.all[number];
    if (!lane) throw new RangeError(`no lane ${number}`);
    return lane;
  }

  private append(lane: Lane, id: string, body: string): void {
    lane.ids.add(id);
    lane.ready.push({ id, body, bytes: payloadBytes({ dataType: 'text', data: body }), deliveries: 0 });
    this.serve(lane);
  }

  private serveAll(): void {
    for (const lane of this.all) this.serve(lane);
  }

  private serve(lane: Lane): void {
    const consumer = this.consumers[lane.number % this.consumers.length];
    if (!consumer || lane.resting || lane.ready.length === 0) return;
    lane.resting = true;
    const work = Promise.resolve()
      .then(() => this.handOver(lane, consumer.handler))
      .then((pauseMs) => {
        consumer.inHand.delete(work);
        if (pauseMs === 0) this.rouse(lane);
        else this.clock.after(pauseMs, () => this.rouse(lane));
      });
    consumer.inHand.add(work);
  }

  private rouse(lane: Lane): void {
    lane.resting = false;
    this.serve(lane);
  }

  /** @returns how long the lane is to rest */
  private async handOver(lane: Lane, handler: LaneHandler): Promise<number> {
    const entries = await this.buryTheDead(lane, lane.ready.slice(0, MAX_BATCH_MESSAGES));
    const batch = entries.slice(0, batchLength(entries));
    if (batch.length === 0) return 0;
    for (const entry of batch) entry.deliveries++;
    try {
      const messages = batch.map(({ body }) => decodeQueueMessage(body));
      await this.settle(lane, batch, await handler({ lane: lane.number, messages, lost: () => false }));
      lane.failures = 0;
      return 0;
    } catch {
      return pauseAfter(++lane.failures);
    }
  }

  /** @returns those that are alive */
  private async buryTheDead(lane: Lane, entries: readonly Entry[]): Promise<readonly Entry[]> {
    const alive: Entry[] = [];
    for (const entry of entries) {
      const reason = entry.deliveries < MAX_DELIVERIES ? whyUnreadable(entry.body) : gaveUp(entry.deliveries);
      if (reason === null) alive.push(entry);
      else {
        this.remove(lane, [entry]);
        await this.bury(lane, entry.body, reason);
      }
    }
    return alive;
  }

  private async settle(
    lane: Lane,
    batch: readonly Entry[],
    { retries, deadLetters }: Settlement,
  ): Promise<void> {
    this.remove(lane, batch);
    for (const { message, reason } of deadLetters) await this.bury(lane, encodeQueueMessage(message), reason);
    for (const { message, delayMs } of retries) this.delay(lane, message, delayMs);
  }

  private delay(lane: Lane, message: QueueMessage, delayMs: number): void {
    lane.ids.add(message.messageId);
    this.clock.after(delayMs, () => this.append(lane, message.messageId, encodeQueueMessage(message)));
  }

  private remove(lane: Lane, entries: readonly Entry[]): void {
    for (const entry of entries) {
      lane.ready.splice(lane.ready.indexOf(entry), 1);
      lane.ids.delete(entry.id);
    }
  }

  private bury(lane: Lane, body: string, reason: string): Promise<void> {
    const key = String(++this.deaths);
    return this.deadLetters.add({ key, lane: lane.number, body, reason, deadAt: this.clock.now() });
  }
}

function whyUnreadable(body: string): string | null {
  try {
    decodeQueueMessage(body);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
