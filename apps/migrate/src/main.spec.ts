import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import LibSql from 'libsql';
import { migrateCommand } from './testing/command';

describe('npm run migrate on SQLite', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    file = join(folder, 'made', 'test.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const rows = (sql: string): unknown[] => {
    const database = new LibSql(file, { readonly: true });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  };

  it('makes the tables once, and says so', async () => {
    const first = await migrateCommand(`sqlite:${file}`);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /test\.db, application tables: migrated: BroadcastTables\d+, ConnectionTables\d+/,
    );
    expect(rows('SELECT * FROM ConnectionID_List')).toEqual([]);
    const second = await migrateCommand(`sqlite:${file}`);
    expect(second).toMatchObject({ code: 0, stdout: `${file}, application tables: nothing to do\n` });
  });

  it('makes both kinds of tables in one file, by as many commands at once as there are', async () => {
    const outcomes = await Promise.all(
      ['application', 'gateway', 'application', 'gateway'].map((schema) =>
        migrateCommand(`sqlite:${file}`, '--schema', schema),
      ),
    );
    expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(Array(4).fill([0, '']));
    const names = rows('SELECT name FROM SendbackMigration').map((row) => (row as { name: string }).name);
    expect(new Set(names).size).toBe(names.length);
    expect(rows('SELECT * FROM ConnectionID_List')).toEqual(rows('SELECT * FROM GatewaySession'));
  });

  it('waits for whoever holds the file, longer than a call may take', async () => {
    await migrateCommand(`sqlite:${file}`, '--schema', 'gateway');
    const other = new LibSql(file);
    other.exec('BEGIN IMMEDIATE');
    const migrating = migrateCommand(`sqlite:${file}`);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    other.exec('COMMIT');
    other.close();
    expect(await migrating).toMatchObject({ code: 0, stderr: '' });
    expect(rows('SELECT * FROM ConnectionID_List')).toEqual([]);
  });

  it('says what is wrong, and ends with 1', async () => {
    expect(await migrateCommand('')).toEqual({ code: 1, stdout: '', stderr: 'DATABASE_URL is missing\n' });
    const impossible = await migrateCommand(`sqlite:${__filename}/test.db`);
    expect(impossible).toMatchObject({ code: 1, stdout: '' });
    expect(impossible.stderr).toContain('its folder cannot be made');
  });

  it('ends with 2 at an option that it does not know', async () => {
    for (const args of [['--schema', 'everything'], ['--force'], ['application']]) {
      const refused = await migrateCommand(`sqlite:${file}`, ...args);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('usage: ');
    }
    expect(existsSync(file)).toBe(false);
  });

  it('explains itself', async () => {
    const help = await migrateCommand('', '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('--schema');
  });
});
