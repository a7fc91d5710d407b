export { MemorySessionLedger } from './session-ledger.memory';
export { MemoryFunctionInvoker } from './function-invoker.memory';
