import type { DataSource, QueryRunner } from 'typeorm';
import type { SqliteUrl } from './database-url';
import { openDataSource } from './data-source';
import type { Deadline } from './deadline';
import { atomically, type Engine, type Schema, sessionOn } from './engine';
import { Gate } from './gate';
import { sqliteDialect } from './session';
import { prepareSqliteFile } from './sqlite-file';

/** How long SQLite itself waits for another process: it stops this one meanwhile, so the rest is waited outside it. */
const BUSY_TIMEOUT_MS = 50;

/**
 * Of 4 KiB in the write-ahead log, before they are merged into the file: that waits for the disk, and this process with it.
 */
const CHECKPOINT_PAGES = 8_000;

/**
 * A SQLite file. TypeORM has one connection for all its users, on which a transaction of one would swallow the
 * statements of the others: they take turns.
 */
export class SqliteEngine implements Engine {
  readonly dialect = sqliteDialect;
  readonly begin = 'BEGIN IMMEDIATE';
  private readonly gate = new Gate();

  constructor(private readonly url: SqliteUrl) {}

  async open(schema: Schema): Promise<DataSource> {
    await prepareSqliteFile(this.url.path);
    const { default: driver } = await import('libsql');
    return openDataSource(schema, {
      type: 'better-sqlite3',
      driver,
      database: this.url.path,
      timeout: BUSY_TIMEOUT_MS,
      prepareDatabase: (database: SqliteConnection) => prepareConnection(database),
    });
  }

  async lend<T>(
    dataSource: DataSource,
    deadline: Deadline,
    use: (runner: QueryRunner) => Promise<T>,
  ): Promise<T> {
    const turn = this.gate.pass(async () => {
      deadline.check();
      return use(dataSource.createQueryRunner());
    });
    return deadline.race(turn);
  }

  async alone(
    dataSource: DataSource,
    deadline: Deadline,
    migrate: (runner: QueryRunner) => Promise<void>,
  ): Promise<void> {
    await this.lend(dataSource, deadline, (runner) =>
      atomically(sessionOn(runner, this.dialect), this.begin, () => migrate(runner)),
    );
  }

  /** With its write-ahead log merged, so that the one file is all there is to copy. */
  async close(dataSource: DataSource): Promise<void> {
    try {
      await dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      await dataSource.destroy();
    }
  }
}

interface SqliteConnection {
  pragma(source: string): unknown;
  close(): void;
}

function prepareConnection(database: SqliteConnection): void {
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  } catch (error) {
    database.close();
    throw error;
  }
}
