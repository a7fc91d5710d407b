import { ManualClock } from '@sendback/domain/runtime/testing';
import { sessionLedgerContract } from './session-ledger.contract';
import { MemorySessionLedger } from './session-ledger.memory';

sessionLedgerContract('memory', async () => {
  const clock = new ManualClock();
  return {
    ledger: new MemorySessionLedger(clock),
    pass: (ms) => void clock.advance(ms),
    close: async () => undefined,
  };
});
