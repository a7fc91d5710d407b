import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import LibSql from 'libsql';
import { createConnection } from 'mysql2/promise';
import { Database } from '../database/database';
import { type DatabaseUrl, type MySqlUrl, parseDatabaseUrl } from '../database/database-url';
import type { Schema } from '../database/engine';
import { SharedSource } from '../database/shared-source';
import { Relay } from './relay';

/** A database of one test's own. */
export interface TestDatabase {
  readonly url: DatabaseUrl;
  /** A URL under which nothing is to be had until `bringBack`. */
  readonly away: () => Promise<{ url: DatabaseUrl; bringBack: () => Promise<void> }>;
  /** Runs statements as somebody else would, before the database is opened. */
  readonly byHand: (statements: readonly string[]) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** An engine that the suites run on. */
export interface TestEngine {
  readonly name: string;
  /** Gives an empty database. */
  readonly empty: () => Promise<TestDatabase>;
}

const sqlite: TestEngine = {
  name: 'SQLite',
  empty: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sendback-'));
    const urlOf = (file: string): DatabaseUrl => parseDatabaseUrl(`sqlite:${join(folder, 'made', file)}`);
    return {
      url: urlOf('test.db'),
      away: async () => {
        // A folder in the file's place.
        const inTheWay = join(folder, 'made', 'away.db');
        await mkdir(inTheWay, { recursive: true });
        return { url: urlOf('away.db'), bringBack: () => rmdir(inTheWay) };
      },
      byHand: async (statements) => {
        await mkdir(join(folder, 'made'));
        const database = new LibSql(join(folder, 'made', 'test.db'));
        for (const statement of statements) database.exec(statement);
        database.close();
      },
      remove: () => rm(folder, { recursive: true }),
    };
  },
};

/** The database that the URL names is only used to connect: every test makes and drops one of its own. */
function mySql(server: MySqlUrl): TestEngine {
  const { host, port, user, password } = server;
  const execute = async (...statements: string[]): Promise<void> => {
    const connection = await createConnection({ host, port, user, password, charset: 'utf8mb4' });
    try {
      for (const statement of statements) await connection.query(statement);
    } finally {
      await connection.end();
    }
  };
  return {
    name: process.env['TEST_MYSQL_NAME'] ?? 'MySQL (TEST_MYSQL_URL)',
    empty: async () => {
      const database = `test_sendback_${randomUUID().replaceAll('-', '')}`;
      await execute(`CREATE DATABASE ${database}`);
      const relay = new Relay(server);
      return {
        url: { ...server, database },
        away: async () => {
          const port = await relay.reserve();
          return { url: { ...server, host: '127.0.0.1', port, database }, bringBack: () => relay.open() };
        },
        byHand: (statements) => execute(`USE ${database}`, ...statements),
        remove: async () => {
          await relay.close();
          await execute(`DROP DATABASE ${database}`);
        },
      };
    },
  };
}

/**
 * SQLite, and the MySQL or MariaDB that `TEST_MYSQL_URL` names; SQLite alone when `TEST_SERVICES` is `none`.
 * @throws Error when there is no such server: what needs one fails, it is not left out
 */
export function testEngines(): readonly TestEngine[] {
  const { TEST_SERVICES: services, TEST_MYSQL_URL: url } = process.env;
  if (services === 'none') return [sqlite];
  if (!url) throw new Error(`TEST_MYSQL_URL names no server to test on: ${ADVICE}`);
  const server = parseDatabaseUrl(url);
  if (server.engine !== 'mysql') throw new Error('TEST_MYSQL_URL must be mysql://…');
  return [sqlite, mySql(server)];
}

const ADVICE =
  '`npm test` starts one, `npm run services` starts one for as long as you want, ' +
  'and TEST_SERVICES=none leaves out what needs one';

export interface OpenTestDatabase {
  readonly database: Database;
  readonly url: DatabaseUrl;
  readonly openAway: () => Promise<{ database: Database; bringBack: () => Promise<void> }>;
  readonly close: () => Promise<void>;
}

/** Makes the tables beforehand: on a busy machine that takes longer than a call may. */
export async function makeTables(url: DatabaseUrl, schema: Schema): Promise<void> {
  const source = SharedSource.of(url, schema, 1);
  try {
    await source.ready(true);
  } finally {
    await source.release();
  }
}

/** An empty database with the project's tables, and what closes and removes it. */
export async function openTestDatabase(engine: TestEngine, schema: Schema): Promise<OpenTestDatabase> {
  const { url, away, remove } = await engine.empty();
  await makeTables(url, schema);
  const database = new Database(url, { schema, migrate: true });
  return {
    database,
    url,
    openAway: async () => {
      const other = await away();
      return { database: new Database(other.url, { schema, migrate: true }), bringBack: other.bringBack };
    },
    close: async () => {
      await database.close();
      await remove();
    },
  };
}
