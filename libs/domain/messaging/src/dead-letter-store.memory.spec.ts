import { deadLetterStoreContract } from './dead-letter-store.contract';
import { MemoryDeadLetterStore } from './dead-letter-store.memory';

deadLetterStoreContract('memory', async () => ({
  store: new MemoryDeadLetterStore(),
  close: async () => undefined,
}));
