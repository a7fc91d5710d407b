import { connectionStoreContract } from './connection-store.contract';
import { MemoryConnectionStore } from './connection-store.memory';

connectionStoreContract('memory', async () => ({
  store: new MemoryConnectionStore(),
  close: async () => undefined,
}));
