export { MemoryBroadcastLedger } from './broadcast-ledger.memory';
export { MemoryBroadcastQueue } from './broadcast-queue.memory';
export { MemoryPusher } from './pusher.memory';
export { pusherContract, type PusherHarness, type PusherTraits } from './pusher.contract';
