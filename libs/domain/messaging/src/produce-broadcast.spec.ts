import { ManualClock } from '@sendback/domain/runtime/testing';
import { AcceptBroadcast } from './accept-broadcast';
import type { Broadcast } from './broadcast';
import { MemoryBroadcastLedger } from './broadcast-ledger.memory';
import { MemoryBroadcastQueue } from './broadcast-queue.memory';
import type { ReceiptPart } from './broadcast-ledger.port';
import { QueueUnavailable } from './broadcast-queue.port';
import { MemoryDeadLetterStore } from './dead-letter-store.memory';
import { BroadcastConflict, ProduceBroadcast } from './produce-broadcast';

const broadcast = {
  broadcastId: 'b',
  target: { kind: 'all', except: null },
  payload: { dataType: 'text', data: 'hi' },
  traceparent: null,
} as const;
const reported = (part: string): ReceiptPart => ({
  broadcastId: 'b',
  part,
  lanes: 2,
  acceptedAt: 5,
  tally: none,
});
const none = { recipients: 0, delivered: 0, gone: 0, slow: 0, failed: 0, pending: 0 };

describe('ProduceBroadcast', () => {
  let published: Broadcast[];
  let publish: jest.SpyInstance;
  let enqueue: jest.SpyInstance;
  let ledger: MemoryBroadcastLedger;
  let produce: ProduceBroadcast;

  beforeEach(() => {
    const clock = new ManualClock(5);
    const queue = new MemoryBroadcastQueue(2, clock, new MemoryDeadLetterStore());
    published = [];
    publish = jest.spyOn(queue, 'publish').mockImplementation(async (one) => void published.push(one));
    enqueue = jest.spyOn(queue, 'enqueue');
    ledger = new MemoryBroadcastLedger();
    produce = new ProduceBroadcast(new AcceptBroadcast(queue, clock), ledger, clock, 2);
  });

  it('publishes a broadcast whose receipt is there already', async () => {
    publish.mockImplementation(async (one: Broadcast) => {
      expect(await ledger.find('b')).toMatchObject({ status: 'running', recipients: 0, acceptedAt: 5 });
      published.push(one);
    });
    await produce.execute(broadcast, 'f');
    expect(published).toEqual([{ ...broadcast, acceptedAt: 5 }]);
  });

  it('publishes it again when it may not have become durable', async () => {
    publish.mockRejectedValueOnce(new QueueUnavailable('away'));
    await expect(produce.execute(broadcast, 'f')).rejects.toBeInstanceOf(QueueUnavailable);
    await produce.execute(broadcast, 'f');
    expect(published).toHaveLength(1);
  });

  it('does not publish again what every lane has reported', async () => {
    await produce.execute(broadcast, 'f');
    await ledger.record(['lane-0', 'lane-1'].map(reported));
    await produce.execute(broadcast, 'f');
    expect([published.length, enqueue.mock.calls]).toEqual([1, []]);
  });

  it('completes what a queue that failed put on some lanes only', async () => {
    publish.mockRejectedValueOnce(new QueueUnavailable('away'));
    await expect(produce.execute(broadcast, 'f')).rejects.toBeInstanceOf(QueueUnavailable);
    await ledger.record([reported('lane-0')]);
    await produce.execute(broadcast, 'f');
    const message = {
      messageId: 'b',
      broadcast: { ...broadcast, acceptedAt: 5 },
      attempt: 0,
      recipients: null,
    };
    expect([published.length, enqueue.mock.calls]).toEqual([0, [[1, message]]]);
  });

  it('refuses an id that was used for something else', async () => {
    await produce.execute(broadcast, 'f');
    await expect(produce.execute(broadcast, 'g')).rejects.toBeInstanceOf(BroadcastConflict);
    expect(published).toHaveLength(1);
  });
});
