export { MemorySessionLedger } from './session-ledger.memory';
