import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { migrateCommand } from './testing/command';

describe('npm run migrate on MySQL', () => {
  let server: Connection;
  let database: string;
  let url: string;
  beforeEach(async () => {
    const given = process.env['TEST_MYSQL_URL'];
    if (!given) throw new Error('TEST_MYSQL_URL names no server: run this through npm test');
    database = `test_sendback_${randomUUID().replaceAll('-', '')}`;
    url = new URL(`/${database}`, given).href;
    const { hostname: host, port, username, password } = new URL(given);
    server = await createConnection({
      host,
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    });
    await server.query(`CREATE DATABASE ${database}`);
    await server.query(`USE ${database}`);
  });
  afterEach(async () => {
    await server.query(`DROP DATABASE ${database}`);
    await server.end();
  });

  const rows = async (sql: string): Promise<RowDataPacket[]> => (await server.query<RowDataPacket[]>(sql))[0];
  const migrations = async (): Promise<unknown[]> =>
    (await rows('SELECT name FROM SendbackMigration')).map(({ name }) => name as unknown);

  it('makes the tables once, and says so', async () => {
    const first = await migrateCommand(url);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`/${database}, application tables: migrated: `);
    expect(await rows('SELECT * FROM ConnectionID_List')).toEqual([]);
    const second = await migrateCommand(url);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain('nothing to do');
  });

  it('adopts a list that was made by hand, with both kinds of tables beside it, by several commands at once', async () => {
    await server.query('CREATE TABLE ConnectionID_List (ConnectionID VARCHAR(50), Date DATETIME)');
    await server.query("INSERT INTO ConnectionID_List VALUES ('a', NOW()), ('b', NOW()), ('b', NOW())");
    const outcomes = await Promise.all(
      ['application', 'gateway', 'application'].map((schema) => migrateCommand(url, '--schema', schema)),
    );
    expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']));
    const list = await rows('SELECT ConnectionID, PushAddress FROM ConnectionID_List ORDER BY ConnectionID');
    expect(list).toEqual([
      { ConnectionID: 'a', PushAddress: null },
      { ConnectionID: 'b', PushAddress: null },
    ]);
    expect(await rows('SELECT * FROM GatewaySession')).toEqual([]);
    const names = await migrations();
    expect(new Set(names).size).toBe(names.length);
  });

  it('waits while another process migrates, longer than a call may take', async () => {
    await server.query("SELECT GET_LOCK(CONCAT('sendback ', SHA1(DATABASE())), 0)");
    const migrating = migrateCommand(url);
    const waiting = `SELECT 1 FROM information_schema.processlist WHERE db = '${database}' AND info LIKE 'SELECT GET_LOCK%' AND time > 3`;
    while ((await rows(waiting)).length === 0) await pause(100);
    expect(await rows("SHOW TABLES LIKE 'Connection%'")).toEqual([]);
    await server.query("SELECT RELEASE_LOCK(CONCAT('sendback ', SHA1(DATABASE())))");
    expect(await migrating).toMatchObject({ code: 0, stderr: '' });
    expect(await rows('SELECT * FROM ConnectionID_List')).toEqual([]);
  }, 60_000);

  it('says that the server is away, without the password, and ends with 1', async () => {
    const outcome = await migrateCommand('mysql://ann:secret@127.0.0.1:1/demo');
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain('mysql://127.0.0.1:1/demo: ECONNREFUSED');
    expect(outcome.stderr).not.toContain('secret');
  });
});
