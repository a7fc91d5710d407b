import { type Connection, StorageUnavailable } from '@sendback/domain/connection';
import { TypeOrmConnectionStore } from '../connection-store';
import { makeTables, type OpenTestDatabase, openTestDatabase, testEngines } from '../testing/engines';
import { Database } from './database';

const connection = (connectionId: string): Connection => ({
  connectionId,
  pushAddress: 'http://push',
  userId: null,
  openedAt: 1,
});

describe.each(testEngines())('a database on $name', (engine) => {
  let open: OpenTestDatabase;
  beforeEach(async () => {
    open = await openTestDatabase(engine, 'application');
  });
  afterEach(() => open.close());

  const another = (migrate: boolean): Database => new Database(open.url, { schema: 'application', migrate });

  it('opens itself when it is first used, by as many as there are at once', async () => {
    const store = new TypeOrmConnectionStore(open.database);
    await Promise.all(['a', 'b', 'c'].map((id) => store.add(connection(id))));
    expect(await store.count()).toBe(3);
  });

  it('is shared by all that open the same URL, until the last of them closes it', async () => {
    const other = another(true);
    await new TypeOrmConnectionStore(open.database).add(connection('a'));
    expect(other.shared).toBe(open.database.shared);
    await open.database.close();
    expect(await new TypeOrmConnectionStore(other).count()).toBe(1);
    await other.close();
  });

  it('keeps what was stored when it is closed and opened again', async () => {
    await new TypeOrmConnectionStore(open.database).add(connection('a'));
    await open.database.close();
    const again = another(true);
    expect(await new TypeOrmConnectionStore(again).find('a')).toEqual(connection('a'));
    await again.close();
  });

  it('waits for what is under way when it is closed, and then is unavailable', async () => {
    const store = new TypeOrmConnectionStore(open.database);
    const adding = store.add(connection('a'));
    await Promise.all([open.database.close(), open.database.close()]);
    await expect(adding).resolves.toBeUndefined();
    await expect(store.count()).rejects.toThrow(StorageUnavailable);
  });

  it('is unavailable without its tables, until somebody has made them', async () => {
    const { url, remove } = await engine.empty();
    const careless = new Database(url, { schema: 'application', migrate: false });
    const store = new TypeOrmConnectionStore(careless);
    await expect(store.count()).rejects.toThrow(StorageUnavailable);
    await makeTables(url, 'application');
    expect(await store.count()).toBe(0);
    await careless.close();
    await remove();
  });

  it('is unavailable while it is away, and is tried again at every call', async () => {
    const { database, bringBack } = await open.openAway();
    const store = new TypeOrmConnectionStore(database);
    const calls = [
      () => store.add(connection('a')),
      () => store.remove(['a']),
      () => store.find('a'),
      () => store.count(),
      () => store.page({ after: '', upTo: null, room: null, userId: null, limit: 1 }),
      () => store.join('a', 'lobby'),
      () => store.leave('a', 'lobby'),
    ];
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(StorageUnavailable);
    await bringBack();
    for (const call of calls) await call();
    await database.close();
  });

  it('tells in its failures neither statements nor values', async () => {
    const access = open.database.access(StorageUnavailable);
    const failure = await access
      .run(({ rows }) => rows('SELECT ? FROM nowhere', ['http://push/secret']))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageUnavailable);
    for (let error = failure; error instanceof Error; error = error.cause) {
      expect(
        JSON.stringify(Object.getOwnPropertyNames(error).map((name) => error[name as keyof Error])),
      ).not.toContain('secret');
      expect(Object.keys(error)).not.toContain('sql');
    }
  });

  it('lets a bug through as it is', async () => {
    const bug = new TypeError('a bug');
    const access = open.database.access(StorageUnavailable);
    await expect(access.run(() => Promise.reject(bug))).rejects.toBe(bug);
  });

  it('undoes a transaction that fails, and nothing that others did meanwhile', async () => {
    const access = open.database.access(StorageUnavailable);
    const store = new TypeOrmConnectionStore(open.database);
    await store.count();
    const others: Promise<void>[] = [];
    const failing = access.transaction(async ({ change }) => {
      for (let n = 0; n < 10; n++) {
        others.push(store.add(connection(`other ${n}`)));
        await change('INSERT INTO ConnectionID_List (ConnectionID) VALUES (?)', [`mine ${n}`]);
      }
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await Promise.all(others);
    const page = await store.page({ after: '', upTo: null, room: null, userId: null, limit: 100 });
    expect(page.map(({ connectionId }) => connectionId)).toEqual(
      Array.from({ length: 10 }, (_, n) => `other ${n}`),
    );
  });

  it('has transactions that are in each other’s way take effect one after the other', async () => {
    const access = open.database.access(StorageUnavailable);
    await access.run(({ change }) =>
      change('INSERT INTO BroadcastLane (Lane, Owner, LeaseUntil) VALUES (1, ?, 0)', ['']),
    );
    const increment = (): Promise<number> =>
      access.transaction(async ({ change, rows }) => {
        await change('UPDATE BroadcastLane SET Owner = Owner WHERE Lane = 1');
        const [lane] = await rows('SELECT LeaseUntil AS count FROM BroadcastLane WHERE Lane = 1');
        return change('UPDATE BroadcastLane SET LeaseUntil = ? WHERE Lane = 1', [
          Number(lane?.['count']) + 1,
        ]);
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    const [lane] = await access.run(({ rows }) =>
      rows('SELECT LeaseUntil AS count FROM BroadcastLane WHERE Lane = 1'),
    );
    expect(Number(lane?.['count'])).toBe(20);
  });
});
