import { broadcastLedgerContract } from './broadcast-ledger.contract';
import { MemoryBroadcastLedger } from './broadcast-ledger.memory';

broadcastLedgerContract('memory', async () => ({
  ledger: new MemoryBroadcastLedger(),
  close: async () => undefined,
}));
