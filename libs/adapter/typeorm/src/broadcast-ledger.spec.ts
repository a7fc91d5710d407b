import { broadcastLedgerContract } from '@sendback/domain/messaging/testing';
import { TypeOrmBroadcastLedger } from './broadcast-ledger';
import { openTestDatabase, testEngines } from './testing/engines';

for (const engine of testEngines()) {
  broadcastLedgerContract(engine.name, async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    return { ledger: new TypeOrmBroadcastLedger(database), close };
  });
}
