import { QueueUnavailable } from '@sendback/domain/messaging';
import { eventually, toLane } from '@sendback/domain/messaging/testing';
import { ManualClock, MemoryLog } from '@sendback/domain/runtime/testing';
import type { Access } from '../database/database';
import { type OpenTestDatabase, openTestDatabase, testEngines } from '../testing/engines';
import { type LaneLease, LaneLost } from './lane-lease';
import { LaneShares } from './lane-shares';
import { LaneStorage } from './lane-storage';

const nothing = { retries: [], deadLetters: [] };

describe.each(testEngines())('a lane on $name', (engine) => {
  let open: OpenTestDatabase;
  let database: Access;
  let log: MemoryLog;
  let storage: LaneStorage;
  beforeEach(async () => {
    open = await openTestDatabase(engine, 'application');
    database = open.database.access(QueueUnavailable);
    log = new MemoryLog();
    storage = new LaneStorage(database, new ManualClock(), log);
  });
  afterEach(() => open.close());

  const claim = async (leaseMs: number): Promise<LaneLease> => {
    const shares = new LaneShares(database, 1, leaseMs, new ManualClock());
    let lease: LaneLease | undefined;
    await eventually(async () => {
      await shares.refresh(() => false);
      lease = shares.get(0);
      return lease !== undefined;
    }, 20_000);
    return lease!;
  };

  it('does nothing for a lease that was lost, though its owner does not know yet', async () => {
    await storage.append([0], toLane(0, 'a'));
    const lost = await claim(10);
    const taken = (await storage.take(lost))!;
    const heir = await claim(60_000);
    expect(lost.lost()).toBe(false);
    const message = taken.messages[0]!;
    const settlements = [
      nothing,
      { retries: [{ message, delayMs: 0 }], deadLetters: [] },
      { retries: [], deadLetters: [{ message, reason: 'late' }] },
    ];
    for (const settlement of settlements) {
      await expect(storage.settle(lost, taken, settlement)).rejects.toBeInstanceOf(LaneLost);
    }
    await expect(storage.take(lost)).rejects.toBeInstanceOf(LaneLost);
    expect((await storage.take(heir))?.messages).toEqual([message]);
    expect(await database.run(({ rows }) => rows('SELECT * FROM BroadcastDeadLetter'))).toEqual([]);
  });

  it('counts what was handed over by a consumer that died with it, and logs what is given up', async () => {
    await storage.append([0], toLane(0, 'poison'));
    for (let death = 0; death < 20; death++) {
      const taken = await storage.take(await claim(1));
      expect(taken?.messages).toHaveLength(1);
    }
    expect(await storage.take(await claim(60_000))).toBeNull();
    expect(log.entries.map(({ level, fields }) => [level, fields['lane']])).toEqual([['error', 0]]);
  });

  it('is stirring when something waits or is due, and not before', async () => {
    expect(await storage.stirring([0, 1])).toEqual([]);
    await storage.append([1], toLane(1, 'a'));
    expect(await storage.stirring([0, 1])).toEqual([1]);
    expect(await storage.stirring([0])).toEqual([]);
    const lease = await claim(60_000);
    await storage.append([0], toLane(0, 'b'));
    const taken = (await storage.take(lease))!;
    const message = { ...taken.messages[0]!, attempt: 1 };
    const much = { ...message, messageId: 'much later' };
    const retries = [
      { message, delayMs: 200 },
      { message: much, delayMs: 3_600_000 },
    ];
    await storage.settle(lease, taken, { retries, deadLetters: [] });
    await eventually(async () => (await storage.stirring([0])).includes(0), 20_000);
    const due = (await storage.take(lease))!;
    expect(due.messages).toEqual([message]);
    await storage.settle(lease, due, nothing);
    expect(await storage.stirring([0])).toEqual([]);
  });

  it('has a retry that is due behind what waits then, and before what comes later', async () => {
    await storage.append([0], toLane(0, 'a'));
    const lease = await claim(60_000);
    const taken = (await storage.take(lease))!;
    const message = { ...taken.messages[0]!, messageId: 'retry' };
    await storage.settle(lease, taken, { retries: [{ message, delayMs: 50 }], deadLetters: [] });
    await eventually(async () => (await storage.stirring([0])).includes(0), 20_000);
    await storage.append([0], toLane(0, 'b'));
    const due = (await storage.take(lease))!;
    expect(due.messages.map(({ messageId }) => messageId)).toEqual(['b', 'retry']);
    await storage.append([0], toLane(0, 'c'));
    await storage.settle(lease, due, nothing);
    expect((await storage.take(lease))?.messages.map(({ messageId }) => messageId)).toEqual(['c']);
  });
});
