export { broadcastLedgerContract } from './broadcast-ledger.contract';
export { MemoryBroadcastLedger } from './broadcast-ledger.memory';
export { broadcastQueueContract } from './broadcast-queue.contract';
export { MemoryBroadcastQueue } from './broadcast-queue.memory';
export { ProcessClock } from './process-clock.contract';
export { pusherContract, type PusherHarness, type PusherTraits } from './pusher.contract';
export { MemoryPusher } from './pusher.memory';
export { eventually, gate, Recorder, toAll, toLane } from './queue-bench.contract';
export { type QueueHarness, type QueueProcess, type QueueUnderTest } from './queue-harness.contract';
