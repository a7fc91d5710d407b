import type { DataSource, DataSourceOptions, QueryRunner } from 'typeorm';
import { entitiesOf } from '../entities';
import { migrationsOf } from '../migrations';
import type { Schema } from './engine';

/** Loads TypeORM, which nothing in this library does before a database is opened: a cold start has no time for it. */
export async function openDataSource(schema: Schema, options: DataSourceOptions): Promise<DataSource> {
  const typeOrm = await import('typeorm');
  const dataSource = new typeOrm.DataSource({
    ...options,
    entities: entitiesOf(schema, typeOrm),
    migrations: migrationsOf(schema),
    migrationsTableName: 'SendbackMigration',
    logging: false,
  });
  return dataSource.initialize();
}

/** Whether there are migrations that this database has not seen. */
export async function isBehind(runner: QueryRunner): Promise<boolean> {
  const executed = await runner
    .query('SELECT name FROM SendbackMigration')
    .then((rows: { name: string }[]) => rows.map(({ name }) => name))
    // There is no such table yet.
    .catch((): string[] => []);
  return runner.dataSource.migrations.some(({ name }) => !executed.includes(name ?? ''));
}

export async function runMigrations(runner: QueryRunner): Promise<void> {
  const { MigrationExecutor } = await import('typeorm');
  const executor = new MigrationExecutor(runner.dataSource, runner);
  executor.transaction = 'none';
  await executor.executePendingMigrations();
}
