import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import { ManualClock, MemoryLog, settle } from '@sendback/domain/runtime/testing';
import { AcceptBroadcast } from './accept-broadcast';
import { MemoryBroadcastLedger } from './broadcast-ledger.memory';
import { MemoryBroadcastQueue } from './broadcast-queue.memory';
import { Broadcaster } from './broadcaster';
import { MemoryDeadLetterStore } from './dead-letter-store.memory';
import { FanOut } from './fan-out';
import { MemoryPusher } from './pusher.memory';

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;

describe('Broadcaster', () => {
  const clock = new ManualClock();
  const queue = new MemoryBroadcastQueue(2, clock, new MemoryDeadLetterStore());
  const pusher = new MemoryPusher();
  const ledger = new MemoryBroadcastLedger();
  const store = new MemoryConnectionStore();
  const log = new MemoryLog();
  const broadcaster = new Broadcaster(queue, new FanOut(store, pusher, ledger, log, 2), ledger, clock, log);
  const accept = new AcceptBroadcast(queue, clock);
  const send = (id: string): Promise<void> =>
    accept.execute({
      broadcastId: id,
      target: { kind: 'all', except: null },
      payload: { dataType: 'text', data: id },
      traceparent: null,
    });

  beforeAll(async () => {
    for (const connectionId of ['1', 'f'])
      await store.add({ connectionId, pushAddress: null, userId: null, openedAt: 0 });
    broadcaster.start();
  });

  it('fans out what was accepted, on every lane', async () => {
    await send('m');
    await settle();
    expect([pusher.received('1'), pusher.received('f')]).toEqual([
      [{ dataType: 'text', data: 'm' }],
      [{ dataType: 'text', data: 'm' }],
    ]);
  });

  it('keeps receipts for a week', async () => {
    await clock.advance(WEEK_MS - 1);
    expect(await ledger.find('m')).toMatchObject({ status: 'finished', delivered: 2 });
    await clock.advance(2 * 60 * 60 * 1_000);
    expect(await ledger.find('m')).toBeNull();
  });

  it('goes on when receipts cannot be forgotten', async () => {
    jest.spyOn(ledger, 'prune').mockRejectedValueOnce(new Error('away'));
    await clock.advance(60 * 60 * 1_000);
    expect(log.entries).toMatchObject([{ level: 'warn' }]);
  });

  it('serves nothing any more once it is stopped', async () => {
    await broadcaster.stop();
    await send('late');
    await settle();
    expect(pusher.received('1')).toHaveLength(1);
  });
});
