import type { EntityManager } from 'typeorm';

export type Value = string | number | null;

export type Row = Readonly<Record<string, unknown>>;

/** What the two engines say differently. */
export interface Dialect {
  /**
   * SQL for the database's time in milliseconds since the Unix epoch. Leases and delays go by it, since the clocks of
   * the machines that share a database differ.
   */
  readonly now: string;
  /** The end of an INSERT that leaves a row which is there already as it is. */
  readonly keep: (table: string, column: string) => string;
  /** The end of an INSERT that changes these columns of a row which is there already. */
  readonly overwrite: (key: readonly string[], columns: readonly string[]) => string;
}

/** The database during one unit of work. */
export interface Session {
  readonly dialect: Dialect;
  readonly manager: EntityManager;
  readonly rows: (sql: string, values?: readonly Value[]) => Promise<readonly Row[]>;
  /** @returns how many rows were changed; rows that already were as asked count too on MySQL */
  readonly change: (sql: string, values?: readonly Value[]) => Promise<number>;
}

export const mySqlDialect: Dialect = {
  now: "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)",
  keep: (table, column) => `ON DUPLICATE KEY UPDATE ${table}.${column} = ${table}.${column}`,
  overwrite: (_, columns) =>
    `ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
};

export const sqliteDialect: Dialect = {
  now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  keep: () => 'ON CONFLICT DO NOTHING',
  overwrite: (key, columns) =>
    `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
};

/** One `?` for each value. */
export function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
