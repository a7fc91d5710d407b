import { resolve } from 'node:path';
import { describeDatabase, parseDatabaseUrl } from './database-url';

describe('a database URL', () => {
  it('names a MySQL server, user and database, percent-decoded', () => {
    expect(parseDatabaseUrl('mysql://an%40n:p%2Fw%20d@db.example:3307/SCF_Demo')).toEqual({
      engine: 'mysql',
      host: 'db.example',
      port: 3307,
      user: 'an@n',
      password: 'p/w d',
      database: 'SCF_Demo',
    });
  });

  it('may call MySQL MariaDB, and leave out port and password', () => {
    expect(parseDatabaseUrl('mariadb://ann@[::1]/demo')).toEqual({
      engine: 'mysql',
      host: '::1',
      port: 3306,
      user: 'ann',
      password: '',
      database: 'demo',
    });
  });

  it.each([
    ['sqlite:.data/sendback.db', resolve('.data/sendback.db')],
    ['sqlite:/var/lib/send back.db', '/var/lib/send back.db'],
  ])('names a SQLite file: %s', (url, path) => {
    expect(parseDatabaseUrl(url)).toEqual({ engine: 'sqlite', path });
  });

  it.each([
    ['', 'must be mysql://'],
    ['postgres://ann:secret@host/demo', 'must be mysql://'],
    ['mysql:ann:secret@host/demo', 'must be mysql://'],
    ['mysql://ann:sec/ret@host/demo', 'percent-encoded'],
    ['mysql://ann:secret@host:port/demo', 'percent-encoded'],
    ['mysql://ann:secret%@host/demo', 'must percent-encode'],
    ['mysql://host/demo', 'user and a host'],
    ['mysql://ann:secret@/demo', 'percent-encoded'],
    ['mysql://ann:secret@host', 'one database'],
    ['mysql://ann:secret@host/', 'one database'],
    ['mysql://ann:secret@host/demo/more', 'one database'],
    ['mysql://ann:secret@host/demo?ssl=true', 'without parameters'],
    ['sqlite:', 'sqlite:PATH'],
    ['sqlite:///secret.db', 'sqlite:PATH'],
    ['sqlite::memory:', 'sqlite:PATH'],
  ])('is refused, without a secret in the message: %s', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(message);
    expect(() => parseDatabaseUrl(url)).not.toThrow(/sec\/?ret/);
  });

  it('is described without user and password', () => {
    expect(describeDatabase(parseDatabaseUrl('mysql://ann:secret@host/demo'))).toBe('mysql://host:3306/demo');
    expect(describeDatabase(parseDatabaseUrl('sqlite:/x.db'))).toBe('sqlite:/x.db');
  });
});
