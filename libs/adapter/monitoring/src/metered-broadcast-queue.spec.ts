import {
  type Broadcast,
  type LaneHandler,
  type QueueMessage,
  QueueUnavailable,
} from '@sendback/domain/messaging';
import {
  broadcastQueueContract,
  eventually,
  MemoryBroadcastQueue,
  MemoryDeadLetterStore,
  ProcessClock,
} from '@sendback/domain/messaging/testing';
import { MeteredBroadcastQueue } from './metered-broadcast-queue';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';

broadcastQueueContract('memory, metered', {
  sharedStorage: false,
  takeOverMs: 1_000,
  open: async ({ lanes, longestPauseMs }) => {
    const clock = new ProcessClock(longestPauseMs);
    const deadLetters = new MemoryDeadLetterStore();
    const memory = new MemoryBroadcastQueue(lanes, clock, deadLetters);
    const queue = new MeteredBroadcastQueue(memory, new Metrics('test'));
    return {
      deadLetters,
      open: async () => ({ queue, freeze: () => clock.freeze(), thaw: () => clock.thaw() }),
      publishRaw: async (lane, body) => memory.publishRaw(lane, body),
      openAway: async () => Promise.reject(new Error('memory is never away')),
      close: async () => clock.close(),
    };
  },
});

const broadcast = (broadcastId: string): Broadcast => ({
  broadcastId,
  target: { kind: 'room', room: 'lobby', except: null },
  payload: { dataType: 'text', data: 'x' },
  acceptedAt: 0,
  traceparent: null,
});

describe('a metered queue', () => {
  let clock: ProcessClock;
  let metrics: Metrics;
  beforeEach(() => {
    clock = new ProcessClock(10);
    metrics = new Metrics('test');
  });
  afterEach(() => clock.close());

  const figures = (): Promise<Record<string, number>> => scrape(metrics, 'sendback_queue_');

  it('counts what is put on it, and what is not', async () => {
    class Away extends MemoryBroadcastQueue {
      override async publish(): Promise<void> {
        throw new QueueUnavailable('away');
      }
    }
    const parts = [1, clock, new MemoryDeadLetterStore()] as const;
    const message: QueueMessage = {
      messageId: 'm',
      broadcast: broadcast('m'),
      attempt: 0,
      recipients: null,
    };
    const queue = new MeteredBroadcastQueue(new MemoryBroadcastQueue(...parts), metrics);
    await queue.publish(broadcast('a'));
    await queue.publish(broadcast('b'));
    await queue.enqueue(0, message);
    const away = new MeteredBroadcastQueue(new Away(...parts), metrics);
    await expect(away.publish(broadcast('c'))).rejects.toThrow(QueueUnavailable);
    const count = (operation: string, outcome: string): string =>
      `sendback_queue_store_duration_seconds_count{operation="${operation}",outcome="${outcome}"}`;
    expect(await figures()).toEqual({
      [count('publish', 'ok')]: 2,
      [count('publish', 'failed')]: 1,
      [count('enqueue', 'ok')]: 1,
    });
  });

  it('counts batches, messages, retries and dead letters', async () => {
    const queue = new MeteredBroadcastQueue(
      new MemoryBroadcastQueue(1, clock, new MemoryDeadLetterStore()),
      metrics,
    );
    await queue.publish(broadcast('a'));
    await queue.publish(broadcast('b'));
    let calls = 0;
    const handler: LaneHandler = async ({ messages }) => {
      if (++calls === 1) throw new Error('outage');
      const [message] = messages as [QueueMessage];
      if (message.attempt > 0) return { retries: [], deadLetters: [{ message, reason: 'no' }] };
      return { retries: [{ message: { ...message, attempt: 1 }, delayMs: 1 }], deadLetters: [] };
    };
    const consumer = queue.consume(handler);
    const name = 'sendback_queue_';
    await eventually(async () => (await figures())[`${name}dead_letters_total{}`] === 2, 10_000);
    await consumer.stop();
    const counted = await figures();
    expect(counted).toMatchObject({
      [`${name}messages_served_total{}`]: 4,
      [`${name}retries_total{}`]: 2,
      [`${name}batch_duration_seconds_count{outcome="failed"}`]: 1,
    });
    expect(counted[`${name}batch_duration_seconds_count{outcome="ok"}`]).toBe(calls - 1);
  });
});
