import { deadLetterStoreContract } from '@sendback/domain/messaging/testing';
import { TypeOrmDeadLetterStore } from './dead-letter-store';
import { openTestDatabase, testEngines } from './testing/engines';

for (const engine of testEngines()) {
  deadLetterStoreContract(engine.name, async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    return { store: new TypeOrmDeadLetterStore(database), close };
  });
}
