import { StorageUnavailable } from '@sendback/domain/connection';
import { Database } from '../database/database';
import type { Schema } from '../database/engine';
import type { Session } from '../database/session';
import { makeTables, type TestDatabase, testEngines } from '../testing/engines';
import { migrationsOf } from './index';

const schemas: [Schema, number][] = [
  ['application', 3],
  ['gateway', 2],
];

describe.each(testEngines())('a migration on $name', (engine) => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await engine.empty();
  });
  afterEach(() => test.remove());

  /** As a process of its own would. */
  const openAnd = async <T>(schema: Schema, work: (session: Session) => Promise<T>): Promise<T> => {
    const database = new Database(test.url, { schema, migrate: true });
    await makeTables(test.url, schema);
    const result = await database.access(StorageUnavailable).run(work);
    await database.close();
    return result;
  };
  const forget = ({ change }: Session): Promise<number> => change('DELETE FROM SendbackMigration');
  const done = ({ rows }: Session): Promise<readonly unknown[]> => rows('SELECT * FROM SendbackMigration');

  it.each(schemas)('that was interrupted is done again, over what it had done: %s', async (schema, count) => {
    await openAnd(schema, forget);
    expect(await openAnd(schema, done)).toHaveLength(count);
  });

  it.each(schemas)('can be undone, and done again: %s', async (schema, count) => {
    await openAnd(schema, async (session) => {
      const runner = session.manager.queryRunner!;
      for (const Migration of migrationsOf(schema).reverse()) await new Migration().down(runner);
      await forget(session);
    });
    expect(await openAnd(schema, done)).toHaveLength(count);
  });
});
