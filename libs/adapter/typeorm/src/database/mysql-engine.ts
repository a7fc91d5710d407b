import type { Pool, PoolConnection, PoolOptions } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import type { MySqlUrl } from './database-url';
import { openDataSource } from './data-source';
import type { Deadline } from './deadline';
import { type Engine, type Schema, sessionOn } from './engine';
import { DatabaseFailure } from './failure';
import { mySqlDialect } from './session';

/** Less than a unit of work may take, so that it can say what is wrong. */
const CONNECT_TIMEOUT_MS = 2_000;
const MIGRATION_WAIT_S = 120;
/** The server's locks are shared by all its databases. */
const MIGRATION_LOCK = "CONCAT('sendback ', SHA1(DATABASE()))";

/** MySQL or MariaDB through a pool. */
export class MySqlEngine implements Engine {
  readonly dialect = mySqlDialect;
  readonly begin = 'START TRANSACTION';

  constructor(
    private readonly url: MySqlUrl,
    private readonly poolSize: number,
  ) {}

  async open(schema: Schema): Promise<DataSource> {
    const { default: mysql2 } = await import('mysql2');
    const { host, port, user: username, password, database } = this.url;
    const createPool = (options: PoolOptions): Pool => preparedPool(mysql2.createPool(options));
    return openDataSource(schema, {
      type: 'mysql',
      driver: { createPool },
      host,
      port,
      username,
      password,
      database,
      charset: 'utf8mb4_bin',
      timezone: 'Z',
      bigNumberStrings: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      poolSize: this.poolSize,
    });
  }

  async lend<T>(
    dataSource: DataSource,
    deadline: Deadline,
    use: (runner: QueryRunner) => Promise<T>,
  ): Promise<T> {
    const runner = dataSource.createQueryRunner();
    const connecting = runner.connect() as Promise<PoolConnection>;
    const release = (): Promise<void> => runner.release();
    const connection = await deadline.race(connecting).catch((error: unknown) => {
      connecting.then(release, () => undefined);
      throw error;
    });
    try {
      return await deadline.race(use(runner));
    } finally {
      // Nobody knows what such a connection is still at: it is of no use to the next one.
      if (deadline.passed) connection.destroy();
      await release();
    }
  }

  async alone(
    dataSource: DataSource,
    deadline: Deadline,
    migrate: (runner: QueryRunner) => Promise<void>,
  ): Promise<void> {
    await this.lend(dataSource, deadline, async (runner) => {
      const session = sessionOn(runner, this.dialect);
      const [lock] = await session.rows(`SELECT GET_LOCK(${MIGRATION_LOCK}, ${MIGRATION_WAIT_S}) AS taken`);
      if (lock?.['taken'] !== 1) throw new DatabaseFailure('another process is still migrating', null);
      try {
        await migrate(runner);
      } finally {
        await session.rows(`SELECT RELEASE_LOCK(${MIGRATION_LOCK})`);
      }
    });
  }

  async close(dataSource: DataSource): Promise<void> {
    await dataSource.destroy();
  }
}

/**
 * The session that the rest of this library reckons with, whatever the server's settings are: values are escaped with
 * backslashes, times are UTC, and a condition read in a change locks what it read.
 */
function preparedPool(pool: Pool): Pool {
  const settings = [
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES', time_zone = '+00:00'",
    'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  ];
  // A connection on which these fail is broken, and the statements queued behind them fail as well.
  pool.on('connection', (connection) => settings.forEach((sql) => connection.query(sql, () => undefined)));
  return pool;
}
