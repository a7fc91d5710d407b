export { connectionStoreContract } from './connection-store.contract';
export { MemoryConnectionStore } from './connection-store.memory';
