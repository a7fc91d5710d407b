export { MemoryBroadcastLedger } from './broadcast-ledger.memory';
