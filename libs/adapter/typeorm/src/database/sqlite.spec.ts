import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StorageUnavailable } from '@sendback/domain/connection';
import { Stopwatch } from '@sendback/domain/runtime/testing';
import LibSql from 'libsql';
import { TypeOrmConnectionStore } from '../connection-store';
import { Database } from './database';
import { parseDatabaseUrl } from './database-url';
import { makeTables } from '../testing/engines';

describe('a SQLite database', () => {
  let folder: string;
  let databases: Database[];
  // The first to open one loads all it takes, for which a call may have too little time on a busy machine.
  beforeAll(async () => {
    const other = await mkdtemp(join(tmpdir(), 'sendback-'));
    await makeTables(parseDatabaseUrl(`sqlite:${join(other, 'test.db')}`), 'application');
    await rm(other, { recursive: true });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sendback-'));
    databases = [];
  });
  afterEach(async () => {
    for (const database of databases) await database.close();
    await rm(folder, { recursive: true });
  });

  const open = (path: string): Database => {
    const database = new Database(parseDatabaseUrl(`sqlite:${path}`), {
      schema: 'application',
      migrate: true,
    });
    databases.push(database);
    return database;
  };
  const store = (path: string): TypeOrmConnectionStore => new TypeOrmConnectionStore(open(path));
  const pragma = async (database: Database, name: string): Promise<unknown> => {
    const [row] = await database.access(StorageUnavailable).run(({ rows }) => rows(`PRAGMA ${name}`));
    return Object.values(row ?? {})[0];
  };

  it('makes the folders above its file', async () => {
    expect(await store(join(folder, 'a', 'b', 'c.db')).count()).toBe(0);
  });

  it('writes ahead, so that readers and the writer do not wait for each other', async () => {
    const database = open(join(folder, 'test.db'));
    expect(await pragma(database, 'journal_mode')).toBe('wal');
    expect(await pragma(database, 'synchronous')).toBe(1);
    expect(await pragma(database, 'foreign_keys')).toBe(1);
  });

  it('is one file that can be copied once it is closed', async () => {
    const path = join(folder, 'test.db');
    const database = open(path);
    await new TypeOrmConnectionStore(database).add({
      connectionId: 'a',
      pushAddress: null,
      userId: null,
      openedAt: 0,
    });
    await database.close();
    await copyFile(path, join(folder, 'copy.db'));
    expect(await store(join(folder, 'copy.db')).count()).toBe(1);
  });

  it.each([
    ['a folder in its place', (path: string) => mkdir(path)],
    ['another file in its place', (path: string) => writeFile(path, 'Dear diary, today …')],
    ['a damaged file', (path: string) => writeFile(path, `SQLite format 3\0${'x'.repeat(5_000)}`)],
  ])('is unavailable, and says where, with %s', async (_, spoil) => {
    const path = join(folder, 'test.db');
    await spoil(path);
    const failure = await store(path)
      .count()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageUnavailable);
    expect(String(failure)).toContain(path);
  });

  it('is unavailable, and says where, when its folder cannot be made', async () => {
    const path = join(__filename, 'test.db');
    await expect(store(path).count()).rejects.toThrow(StorageUnavailable);
    await expect(store(path).count()).rejects.toThrow(path);
  });

  it('waits for another process’s transaction without stopping this one', async () => {
    const path = join(folder, 'test.db');
    const connections = store(path);
    await connections.count();
    const other = new LibSql(path);
    other.exec('BEGIN IMMEDIATE');
    const release = setTimeout(() => other.exec('COMMIT'), 300);
    await connections.add({ connectionId: 'a', pushAddress: null, userId: null, openedAt: 1 });
    clearTimeout(release);
    expect(other.inTransaction).toBe(false);
    expect(await connections.count()).toBe(1);
    other.close();
  });

  it('is unavailable within 5 seconds when another process does not let go of it', async () => {
    const path = join(folder, 'test.db');
    const connections = store(path);
    await connections.count();
    const other = new LibSql(path);
    other.exec('BEGIN IMMEDIATE');
    const stopwatch = new Stopwatch();
    await expect(connections.remove(['a'])).rejects.toThrow(StorageUnavailable);
    expect(stopwatch.stop()).toBeLessThan(5_000);
    expect(await connections.count()).toBe(0);
    other.exec('COMMIT');
    await connections.remove(['a']);
    other.close();
  });

  it('is migrated once when two processes open it at the same time', async () => {
    const path = join(folder, 'real', 'test.db');
    await mkdir(dirname(path));
    // To this process it is another file, as it would be to another process.
    await symlink(dirname(path), join(folder, 'linked'));
    const stores = [store(path), store(join(folder, 'linked', 'test.db'))];
    expect(await Promise.all(stores.map((one) => one.count()))).toEqual([0, 0]);
    const [, other] = databases;
    const migrations = await other!
      .access(StorageUnavailable)
      .run(({ rows }) => rows('SELECT name FROM SendbackMigration ORDER BY name'));
    expect(migrations.map(({ name }) => name)).toEqual([
      'BroadcastTables1700000000002',
      'ConnectionTables1700000000001',
      'UserColumns1700000000004',
    ]);
  });
});
