import * as library from './index';
import { ManualClock, MemoryLog } from '@sendback/domain/runtime/testing';

const loaded: string[] = [];
jest.mock('typeorm', () => loaded.push('typeorm'));
jest.mock('mysql2', () => loaded.push('mysql2'));
jest.mock('libsql', () => loaded.push('libsql'));

describe('this library', () => {
  it('is composed without loading the ORM or a driver', async () => {
    const url = library.parseDatabaseUrl('sqlite:never-opened.db');
    const database = new library.Database(url, { schema: 'application', migrate: true });
    const clock = new ManualClock();
    new library.TypeOrmConnectionStore(database);
    new library.TypeOrmBroadcastLedger(database);
    new library.TypeOrmDeadLetterStore(database);
    new library.TypeOrmSessionLedger(database);
    new library.TypeOrmBroadcastQueue(database, { lanes: 1, clock, log: new MemoryLog() });
    await database.close();
    expect(loaded).toEqual([]);
  });
});
