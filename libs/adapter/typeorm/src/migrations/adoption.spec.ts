import { StorageUnavailable } from '@sendback/domain/connection';
import { TypeOrmConnectionStore } from '../connection-store';
import { type Access, Database } from '../database/database';
import type { Row } from '../database/session';
import { makeTables, type TestDatabase, testEngines } from '../testing/engines';

const LIST = 'ConnectionID_List';
const TIME = '2020-01-02 03:04:05';

/** Tables as people make them after the tutorial. */
const twoColumns: [string, string][] = [
  ['the tutorial’s two columns', 'ConnectionID VARCHAR(50), Date DATETIME'],
  ['a key', 'ConnectionID VARCHAR(50) PRIMARY KEY, Date DATETIME NOT NULL'],
  ['a unique column', 'ConnectionID VARCHAR(50) NOT NULL UNIQUE, Date TIMESTAMP NULL'],
  ['a number as its key', 'id INTEGER PRIMARY KEY AUTO_INCREMENT, ConnectionID VARCHAR(50), Date DATETIME'],
  ['dates as text', 'ConnectionID VARCHAR(64), Date VARCHAR(30)'],
  ['columns in lower case', 'connectionid VARCHAR(255), date VARCHAR(255)'],
  [
    'columns of its own',
    "ConnectionID VARCHAR(50), Date DATETIME, Remark VARCHAR(20) NOT NULL DEFAULT 'none'",
  ],
  [
    'the push address of the project',
    'ConnectionID VARCHAR(50), Date DATETIME, PushAddress VARCHAR(2048) NULL',
  ],
];

describe.each(testEngines())('a list of connections made by hand on $name', (engine) => {
  let test: TestDatabase;
  let database: Database;
  let access: Access;
  beforeEach(async () => {
    test = await engine.empty();
    database = new Database(test.url, { schema: 'application', migrate: true });
    access = database.access(StorageUnavailable);
  });
  afterEach(async () => {
    await database.close();
    await test.remove();
  });

  const make = async (
    columns: string,
    rows: readonly (readonly [string, string])[],
    suffix = '',
  ): Promise<void> => {
    const inserts = rows.map(
      ([id, date]) => `INSERT INTO ${LIST} (ConnectionID, Date) VALUES ('${id}', ${date})`,
    );
    const words = engine.name === 'SQLite' ? columns.replace('AUTO_INCREMENT', 'AUTOINCREMENT') : columns;
    await test.byHand([`CREATE TABLE ${LIST} (${words}) ${suffix}`, ...inserts]);
    await makeTables(test.url, 'application');
  };
  const allIds = async (): Promise<string[]> => {
    const page = await new TypeOrmConnectionStore(database).page({
      after: '',
      upTo: null,
      room: null,
      userId: null,
      limit: 100,
    });
    return page.map(({ connectionId }) => connectionId);
  };
  const columnsOf = (row: Row | undefined): string[] =>
    Object.keys(row ?? {}).map((name) => name.toLowerCase());

  describe.each(twoColumns)('with %s', (_, columns) => {
    beforeEach(() =>
      make(columns, [
        ['b', `'${TIME}'`],
        ['a', `'${TIME}'`],
      ]),
    );

    it('keeps its rows and takes part in everything', async () => {
      const store = new TypeOrmConnectionStore(database);
      expect(await allIds()).toEqual(['a', 'b']);
      const openedAt = Date.UTC(2020, 0, 2, 3, 4, 5);
      expect(await store.find('a')).toEqual({ connectionId: 'a', pushAddress: null, userId: null, openedAt });
      const added = {
        connectionId: 'c',
        pushAddress: 'http://push',
        userId: null,
        openedAt: 1_700_000_000_123,
      };
      await store.add(added);
      await store.add({ ...added, pushAddress: 'http://other' });
      expect(await store.find('c')).toEqual(added);
      expect(await Promise.all(['a', 'c', 'd'].map((id) => store.join(id, 'lobby')))).toEqual([
        'joined',
        'joined',
        'gone',
      ]);
      await store.remove(['a', 'b']);
      expect(await store.page({ after: '', upTo: null, room: 'lobby', userId: null, limit: 9 })).toEqual([
        added,
      ]);
    });

    it('still takes the statements of the official templates', async () => {
      const store = new TypeOrmConnectionStore(database);
      await store.add({ connectionId: 'c', pushAddress: 'http://push', userId: null, openedAt: 0 });
      await access.run(({ change }) =>
        change(`insert INTO ${LIST}(ConnectionID, Date) values('t', '${TIME}')`),
      );
      const rows = await access.run((session) => session.rows(`select * from ${LIST}`));
      expect(columnsOf(rows[0])).toEqual(expect.arrayContaining(['connectionid', 'date']));
      const [count] = await access.run((session) => session.rows(`select count(*) as n from ${LIST}`));
      expect(Number(count?.['n'])).toBe(rows.length);
      await store.join('c', 'lobby');
      await access.run(({ change }) => change(`delete from ${LIST} where ConnectionID = 'c'`));
      expect(await store.find('c')).toBeNull();
      const members = await access.run((session) => session.rows('SELECT * FROM ConnectionRoom'));
      expect(members).toEqual([]);
    });
  });

  it('merges rows of the same connection, and drops those of none', async () => {
    await make('ConnectionID VARCHAR(50), Date DATETIME', [
      ['a', `'${TIME}'`],
      ['b', `'${TIME}'`],
      ['a', `'${TIME}'`],
      ['', `'${TIME}'`],
      ['b', `'${TIME}'`],
      ['a', `'${TIME}'`],
    ]);
    expect(await allIds()).toEqual(['a', 'b']);
    expect(await new TypeOrmConnectionStore(database).count()).toBe(2);
  });

  it('tells connections apart by case, whatever it did before', async () => {
    const collation =
      engine.name === 'SQLite' ? '' : 'ENGINE=MyISAM CHARACTER SET latin1 COLLATE latin1_swedish_ci';
    await make(
      'ConnectionID VARCHAR(50), Date DATETIME',
      [
        ['a', 'NULL'],
        ['A', 'NULL'],
      ],
      collation,
    );
    expect((await allIds()).sort()).toEqual(['A', 'a']);
  });

  it('reads what is no date as the beginning of time', async () => {
    await make('ConnectionID VARCHAR(50), Date VARCHAR(30)', [
      ['a', "'last Tuesday'"],
      ['b', 'NULL'],
      ['c', "''"],
    ]);
    const page = await new TypeOrmConnectionStore(database).page({
      after: '',
      upTo: null,
      room: null,
      userId: null,
      limit: 9,
    });
    expect(page.map(({ connectionId, openedAt }) => [connectionId, openedAt])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
  });

  it('has the templates’ columns first when the project makes it', async () => {
    await makeTables(test.url, 'application');
    const store = new TypeOrmConnectionStore(database);
    await store.add({
      connectionId: 'c',
      pushAddress: 'http://push',
      userId: null,
      openedAt: Date.UTC(2020, 0, 2, 3, 4, 5),
    });
    const [row] = await access.run((session) => session.rows(`select * from ${LIST}`));
    expect(columnsOf(row)).toEqual(['connectionid', 'date', 'pushaddress', 'userid']);
  });
});
