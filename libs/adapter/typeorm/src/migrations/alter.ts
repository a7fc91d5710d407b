import type { QueryRunner } from 'typeorm';
import { ask } from './ask';
import { isMySql } from './column-types';

/** Makes an index that is not there yet: MySQL has no IF NOT EXISTS for it, and does not undo a migration that fails. */
export async function createIndex(
  runner: QueryRunner,
  table: string,
  columns: readonly string[],
  kind: '' | 'UNIQUE' = '',
): Promise<void> {
  const name = `${table}_${columns.join('_')}`;
  const known = isMySql(runner)
    ? 'SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ?'
    : "SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND name = ?";
  const rows = await ask(runner, known, [table, name]);
  if (rows.length === 0)
    await runner.query(`CREATE ${kind} INDEX ${name} ON ${table} (${columns.join(', ')})`);
}

/** Adds a column that is not there yet. */
export async function addColumn(
  runner: QueryRunner,
  table: string,
  column: string,
  type: string,
): Promise<void> {
  if (!(await hasColumn(runner, table, column)))
    await runner.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
}

export async function hasColumn(runner: QueryRunner, table: string, column: string): Promise<boolean> {
  const known = isMySql(runner)
    ? `SELECT 1 FROM information_schema.columns
       WHERE table_schema = DATABASE() AND table_name = ? AND LOWER(column_name) = LOWER(?)`
    : 'SELECT 1 FROM pragma_table_info(?) WHERE lower(name) = lower(?)';
  return (await ask(runner, known, [table, column])).length > 0;
}
