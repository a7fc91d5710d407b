import { QueueUnavailable } from '@sendback/domain/messaging';
import { eventually, gate, ProcessClock, Recorder, toAll, toLane } from '@sendback/domain/messaging/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { TypeOrmBroadcastQueue } from '../broadcast-queue';
import { openTestDatabase, testEngines } from '../testing/engines';

const nothing = { retries: [], deadLetters: [] };

/** Long enough to be renewed in time on a machine that is busy with other things. */
const LEASE_MS = 5_000;

jest.setTimeout(90_000);

describe.each(testEngines())('a consumer of the lanes on $name', (engine) => {
  const log = new MemoryLog();
  const logged = (): string[] => log.entries.map(({ message }) => message);
  beforeEach(() => log.entries.splice(0));

  it('settles nothing once it was told that the lane is lost, even if nobody else has taken it', async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    const clock = new ProcessClock();
    const queue = new TypeOrmBroadcastQueue(database, { lanes: 1, leaseMs: LEASE_MS, clock, log });
    const recorder = new Recorder(async (batch) => {
      if (recorder.batches.length > 1) return nothing;
      clock.freeze();
      await eventually(() => batch.lost(), 30_000);
      return nothing;
    });
    const consumer = queue.consume(recorder.handler);
    await queue.publish(toLane(0, 'a'));
    await eventually(() => logged().some((message) => message.includes('lost')), 30_000);
    clock.thaw();
    await recorder.untilHanded(2);
    expect(recorder.ids()).toEqual(['a', 'a']);
    await consumer.stop();
    clock.close();
    await close();
  });

  it('keeps a lane while it settles at its end, however long that takes, and gives others the rest', async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    const clock = new ProcessClock();
    const open = (): TypeOrmBroadcastQueue =>
      new TypeOrmBroadcastQueue(database, { lanes: 4, leaseMs: LEASE_MS, clock, log });
    const finish = gate();
    const slow = new Recorder(() => finish.opened.then(() => nothing));
    const consumer = open().consume(slow.handler);
    await open().publish(toLane(0, 'a'));
    await slow.untilHanded(1);
    const stopping = consumer.stop();
    const heir = new Recorder();
    const other = open().consume(heir.handler);
    await open().publish(toLane(1, 'b'));
    await heir.untilHanded(1);
    await new Promise((resolve) => setTimeout(resolve, 1.5 * LEASE_MS));
    expect(slow.batches[0]?.lost()).toBe(false);
    finish.open();
    await stopping;
    await open().publish(toLane(0, 'c'));
    await heir.until(() => heir.ids().includes('c'));
    expect([slow.ids(), heir.ids()]).toEqual([['a'], ['b', 'c']]);
    await other.stop();
    clock.close();
    await close();
  });

  it('says once that the queue is away, and once that it is back', async () => {
    const { openAway, close } = await openTestDatabase(engine, 'application');
    const { database, bringBack } = await openAway();
    const clock = new ProcessClock(10);
    const queue = new TypeOrmBroadcastQueue(database, { lanes: 2, clock, log });
    const recorder = new Recorder();
    const consumer = queue.consume(recorder.handler);
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(queue.publish(toAll('lost'))).rejects.toBeInstanceOf(QueueUnavailable);
    }
    await bringBack();
    await queue.publish(toAll('kept'));
    await recorder.untilHanded(2);
    await consumer.stop();
    expect(log.entries.map(({ level }) => level)).toEqual(['error', 'info']);
    clock.close();
    await database.close();
    await close();
  });
});
