import { broadcastQueueContract } from './broadcast-queue.contract';
import { MemoryBroadcastQueue } from './broadcast-queue.memory';
import { MemoryDeadLetterStore } from './dead-letter-store.memory';
import { ProcessClock } from './process-clock.contract';

broadcastQueueContract('memory', {
  sharedStorage: false,
  takeOverMs: 1_000,
  open: async ({ lanes, longestPauseMs }) => {
    const clock = new ProcessClock(longestPauseMs);
    const deadLetters = new MemoryDeadLetterStore();
    const queue = new MemoryBroadcastQueue(lanes, clock, deadLetters);
    return {
      deadLetters,
      open: async () => ({ queue, freeze: () => clock.freeze(), thaw: () => clock.thaw() }),
      publishRaw: async (lane, body) => queue.publishRaw(lane, body),
      openAway: async () => Promise.reject(new Error('memory is never away')),
      close: async () => clock.close(),
    };
  },
});
