import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import { ManualClock, MemoryLog, settle } from '@sendback/domain/runtime/testing';
import { AcceptBroadcast } from './accept-broadcast';
import { MemoryBroadcastLedger } from './broadcast-ledger.memory';
import { MemoryBroadcastQueue } from './broadcast-queue.memory';
import { Broadcaster } from './broadcaster';
import { MemoryDeadLetterStore } from './dead-letter-store.memory';
import { FanOut } from './fan-out';
import { MemoryPusher } from './pusher.memory';
import { RequeueDeadLetter } from './requeue-dead-letter';

describe('RequeueDeadLetter', () => {
  it('delivers once the target works, and the receipt says so', async () => {
    const clock = new ManualClock();
    const deadLetters = new MemoryDeadLetterStore();
    const queue = new MemoryBroadcastQueue(1, clock, deadLetters);
    const ledger = new MemoryBroadcastLedger();
    const pusher = new MemoryPusher();
    const store = new MemoryConnectionStore();
    for (const connectionId of ['a', 'b'])
      await store.add({ connectionId, pushAddress: 'http://push', userId: null, openedAt: 0 });
    const log = new MemoryLog();
    new Broadcaster(queue, new FanOut(store, pusher, ledger, log, 1, [100]), ledger, clock, log).start();
    const push = jest.spyOn(pusher, 'push').mockImplementation(async ({ connectionIds }) => ({
      gone: [],
      slow: [],
      failed: [{ connectionIds, reason: 'refused', retryable: true }],
    }));
    await new AcceptBroadcast(queue, clock).execute({
      broadcastId: 'm',
      target: { kind: 'all', except: null },
      payload: { dataType: 'text', data: 'hi' },
      traceparent: null,
    });
    await settle();
    await clock.advance(200);
    await settle();
    expect(await ledger.find('m')).toMatchObject({ status: 'finished', recipients: 2, failed: 2 });
    const [dead] = await deadLetters.page('', 10);
    expect(dead?.reason).toBe('refused');

    push.mockRestore();
    const requeue = new RequeueDeadLetter(deadLetters, ledger, queue);
    expect(await requeue.execute(dead!.id)).toMatchObject({ attempt: 0, broadcast: { broadcastId: 'm' } });
    await settle();
    expect(await ledger.find('m')).toMatchObject({
      status: 'finished',
      recipients: 2,
      delivered: 2,
      failed: 0,
      pending: 0,
    });
    expect(pusher.received('a')).toHaveLength(1);
    expect(await deadLetters.page('', 10)).toEqual([]);
    expect(await requeue.execute(dead!.id)).toBeNull();
  });

  it('refuses what no broadcaster can read, and keeps it', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    await deadLetters.add({ key: 'k', lane: 0, body: 'not JSON', reason: 'not a queue message', deadAt: 0 });
    const queue = new MemoryBroadcastQueue(1, new ManualClock(), deadLetters);
    const requeue = new RequeueDeadLetter(deadLetters, new MemoryBroadcastLedger(), queue);
    const [dead] = await deadLetters.page('', 1);
    await expect(requeue.execute(dead!.id)).rejects.toMatchObject({ code: 'malformed_message' });
    expect(await deadLetters.page('', 10)).toHaveLength(1);
  });
});
