import { sessionLedgerContract } from '@sendback/domain/gateway/testing';
import { TypeOrmSessionLedger } from './session-ledger';
import { openTestDatabase, testEngines } from './testing/engines';

for (const engine of testEngines()) {
  sessionLedgerContract(engine.name, async () => {
    const { database, close } = await openTestDatabase(engine, 'gateway');
    return { ledger: new TypeOrmSessionLedger(database), close };
  });
}
