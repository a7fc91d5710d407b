import { randomUUID } from 'node:crypto';
import { broadcastQueueContract, ProcessClock, type QueueHarness } from '@sendback/domain/messaging/testing';
import { QueueUnavailable } from '@sendback/domain/messaging';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { TypeOrmBroadcastQueue } from './broadcast-queue';
import { TypeOrmDeadLetterStore } from './dead-letter-store';
import { openTestDatabase, type TestEngine, testEngines } from './testing/engines';

/** Long enough to be renewed in time on a machine that is busy with other things. */
const LEASE_MS = 4_000;

for (const engine of testEngines()) {
  broadcastQueueContract(engine.name, {
    sharedStorage: true,
    takeOverMs: 2 * LEASE_MS,
    open: (settings) => openQueue(engine, settings),
  });
}

/** Processes are queues with clocks of their own on one database. */
async function openQueue(
  engine: TestEngine,
  { lanes, longestPauseMs }: { lanes: number; longestPauseMs: number },
): Promise<QueueHarness> {
  const { database, close, openAway } = await openTestDatabase(engine, 'application');
  const clocks: ProcessClock[] = [];
  const newClock = (): ProcessClock => clocks[clocks.push(new ProcessClock(longestPauseMs)) - 1]!;
  const options = { lanes, leaseMs: LEASE_MS, log: new MemoryLog() };
  const closing: (() => Promise<void>)[] = [close];
  return {
    deadLetters: new TypeOrmDeadLetterStore(database),
    open: async () => {
      const clock = newClock();
      const queue = new TypeOrmBroadcastQueue(database, { ...options, clock });
      return { queue, freeze: () => clock.freeze(), thaw: () => clock.thaw() };
    },
    publishRaw: async (lane, body) => {
      await database
        .access(QueueUnavailable)
        .run(({ change }) =>
          change('INSERT INTO BroadcastMessage (Lane, MessageID, Body, Bytes) VALUES (?, ?, ?, ?)', [
            lane,
            randomUUID(),
            body,
            body.length,
          ]),
        );
    },
    openAway: async () => {
      const away = await openAway();
      closing.unshift(() => away.database.close());
      return {
        queue: new TypeOrmBroadcastQueue(away.database, { ...options, clock: newClock() }),
        bringBack: away.bringBack,
      };
    },
    close: async () => {
      for (const clock of clocks) clock.close();
      for (const end of closing) await end();
    },
  };
}
