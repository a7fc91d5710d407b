import { resolve } from 'node:path';

export interface MySqlUrl {
  readonly engine: 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface SqliteUrl {
  readonly engine: 'sqlite';
  /** Absolute. */
  readonly path: string;
}

export type DatabaseUrl = MySqlUrl | SqliteUrl;

const FORMS = 'mysql://USER:PASSWORD@HOST:PORT/DATABASE, mariadb://… or sqlite:PATH';

/**
 * `mysql://` and `mariadb://` (the same; port 3306 by default; user and password percent-encoded), or `sqlite:` and a
 * path, relative to the working directory or absolute.
 * @throws Error saying what is wrong, without repeating the value: it may hold a password
 */
export function parseDatabaseUrl(value: string): DatabaseUrl {
  if (value.startsWith('sqlite:')) return parseSqlite(value.slice('sqlite:'.length));
  if (/^(mysql|mariadb):\/\//.test(value)) return parseMySql(value);
  throw new Error(`must be ${FORMS}`);
}

/** For messages: names the database without user and password. */
export function describeDatabase(url: DatabaseUrl): string {
  return url.engine === 'sqlite' ? `sqlite:${url.path}` : `mysql://${url.host}:${url.port}/${url.database}`;
}

function parseSqlite(path: string): SqliteUrl {
  if (path === '' || path.startsWith('//') || path.startsWith(':') || path.includes('\0')) {
    throw new Error('must be sqlite:PATH, with the path of a file');
  }
  return { engine: 'sqlite', path: resolve(path) };
}

function parseMySql(value: string): MySqlUrl {
  if (!URL.canParse(value)) throw new Error(`must be ${FORMS}, user and password percent-encoded`);
  const { hostname, port, username, password, pathname, search, hash } = new URL(value);
  if (hostname === '' || username === '') throw new Error('must name a user and a host');
  if (search !== '' || hash !== '') throw new Error('must end after the database, without parameters');
  const database = decode(pathname.slice(1));
  if (!/^[^/]{1,64}$/.test(database)) throw new Error('must name one database after the host');
  return {
    engine: 'mysql',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 3306 : Number(port),
    user: decode(username),
    password: decode(password),
    database,
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error('must percent-encode user, password and database');
  }
}
