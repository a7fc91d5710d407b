import { StorageUnavailable } from '@sendback/domain/connection';
import { Stopwatch } from '@sendback/domain/runtime/testing';
import { TypeOrmConnectionStore } from '../connection-store';
import { Relay } from '../testing/relay';
import { makeTables, type OpenTestDatabase, openTestDatabase, testEngines } from '../testing/engines';
import { Database } from './database';
import type { MySqlUrl } from './database-url';

const mySql = testEngines()[1]!;

describe('a MySQL database', () => {
  let direct: OpenTestDatabase;
  let relay: Relay;
  let relayed: Database;
  let store: TypeOrmConnectionStore;
  beforeEach(async () => {
    direct = await openTestDatabase(mySql, 'application');
    const url = direct.url as MySqlUrl;
    relay = new Relay(url);
    await relay.open();
    const elsewhere = { ...url, host: '127.0.0.1', port: relay.port };
    relayed = new Database(elsewhere, { schema: 'application', migrate: true, poolSize: 2 });
    store = new TypeOrmConnectionStore(relayed);
  });
  afterEach(async () => {
    await relayed.close();
    await relay.close();
    await direct.close();
  });

  it('is migrated once when two processes open it at the same time', async () => {
    const { url, remove } = await mySql.empty();
    const elsewhere = { ...(url as MySqlUrl), host: '127.0.0.1', port: relay.port };
    await Promise.all([url, elsewhere].map((one) => makeTables(one, 'application')));
    const database = new Database(url, { schema: 'application', migrate: true });
    const access = database.access(StorageUnavailable);
    expect(await access.run(({ rows }) => rows('SELECT name FROM SendbackMigration'))).toHaveLength(3);
    await database.close();
    await remove();
  });

  it('migrates with a single connection', async () => {
    const { url, remove } = await mySql.empty();
    const single = new Database(url, { schema: 'application', migrate: true, poolSize: 1 });
    await makeTables(url, 'application');
    expect(await new TypeOrmConnectionStore(single).count()).toBe(0);
    await single.close();
    await remove();
  });

  it('is unavailable within 5 seconds when the network loses everything, and works afterwards', async () => {
    expect(await store.count()).toBe(0);
    relay.swallow();
    const stopwatch = new Stopwatch();
    const calls = Array.from({ length: 5 }, () => store.count());
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(StorageUnavailable);
    expect(stopwatch.stop()).toBeLessThan(5_000);
    relay.recover();
    expect(await store.count()).toBe(0);
  });

  it('opens a new connection in the place of one that has died', async () => {
    await Promise.all(Array.from({ length: 5 }, () => store.count()));
    await relay.close();
    await relay.open();
    const counts = await Promise.all(Array.from({ length: 5 }, () => store.count()));
    expect(counts).toEqual([0, 0, 0, 0, 0]);
  });
});
