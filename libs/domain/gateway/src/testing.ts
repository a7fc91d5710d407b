export { sessionLedgerContract } from './session-ledger.contract';
export { MemorySessionLedger } from './session-ledger.memory';
export { connectionIdsContract } from './connection-ids.contract';
export { MemoryConnectionIds } from './connection-ids.memory';
export { nodeForwarderContract, type ForwarderUnderTest } from './node-forwarder.contract';
export { MemoryNodeForwarder } from './node-forwarder.memory';
export { MemoryFunctionInvoker } from './function-invoker.memory';
export {
  functionInvokerContract,
  type FunctionInvokerHarness,
  type FunctionUnderTest,
} from './function-invoker.contract';
export { clientSocketContract, type ContractClient, type ContractSocket } from './client-socket.contract';
export { MemoryClientSocket } from './client-socket.memory';
export {
  clientAuthenticatorContract,
  type ClientAuthenticatorHarness,
} from './client-authenticator.contract';
export { MemoryClientAuthenticator } from './client-authenticator.memory';
