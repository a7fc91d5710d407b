export { MemorySessionLedger } from './session-ledger.memory';
export { MemoryFunctionInvoker } from './function-invoker.memory';
export {
  functionInvokerContract,
  type FunctionInvokerHarness,
  type FunctionUnderTest,
} from './function-invoker.contract';
