import type { QueryRunner } from 'typeorm';
import type { Row, Value } from '../database/session';

/** The rows that a statement of a migration gives. */
export async function ask(
  runner: QueryRunner,
  sql: string,
  values: readonly Value[] = [],
): Promise<readonly Row[]> {
  return (await runner.query(sql, [...values], true)).records as Row[];
}
