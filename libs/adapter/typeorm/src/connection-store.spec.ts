import { connectionStoreContract } from '@sendback/domain/connection/testing';
import { TypeOrmConnectionStore } from './connection-store';
import { openTestDatabase, testEngines } from './testing/engines';

for (const engine of testEngines()) {
  connectionStoreContract(engine.name, async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    return { store: new TypeOrmConnectionStore(database), close };
  });
}
