import type { DataSource, QueryRunner } from 'typeorm';
import type { Deadline } from './deadline';
import type { Dialect, Row, Session } from './session';

/** Which of the project's tables a database holds. */
export type Schema = 'application' | 'gateway';

/** What differs between MySQL and SQLite in opening and using a database. */
export interface Engine {
  readonly dialect: Dialect;
  /** Begins a transaction that will not have to give way to another at its first write. */
  readonly begin: string;
  /** Loads the driver and connects. */
  open(schema: Schema): Promise<DataSource>;
  /** Lends a connection to one user for as long as `use` takes, which may be cut off at the deadline. */
  lend<T>(dataSource: DataSource, deadline: Deadline, use: (runner: QueryRunner) => Promise<T>): Promise<T>;
  /** Lends a connection to `migrate` while no other process migrates. */
  alone(
    dataSource: DataSource,
    deadline: Deadline,
    migrate: (runner: QueryRunner) => Promise<void>,
  ): Promise<void>;
  close(dataSource: DataSource): Promise<void>;
}

export function sessionOn(runner: QueryRunner, dialect: Dialect): Session {
  return {
    dialect,
    manager: runner.manager,
    rows: async (sql, values = []) => (await runner.query(sql, [...values], true)).records as Row[],
    change: async (sql, values = []) => (await runner.query(sql, [...values], true)).affected ?? 0,
  };
}

/** All of the work or nothing. */
export async function atomically<T>(session: Session, begin: string, work: () => Promise<T>): Promise<T> {
  await session.change(begin);
  try {
    const result = await work();
    await session.change('COMMIT');
    return result;
  } catch (error) {
    // Where the engine has rolled back by itself there is nothing left to roll back.
    await session.change('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
