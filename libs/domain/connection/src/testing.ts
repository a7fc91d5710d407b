export { connectPolicyContract, type ConnectPolicyHarness } from './connect-policy.contract';
export { connectionStoreContract } from './connection-store.contract';
export { MemoryConnectionStore } from './connection-store.memory';
