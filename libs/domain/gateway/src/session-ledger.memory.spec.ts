import { sessionLedgerContract } from './session-ledger.contract';
import { MemorySessionLedger } from './session-ledger.memory';

sessionLedgerContract('memory', async () => ({
  ledger: new MemorySessionLedger(),
  close: async () => undefined,
}));
