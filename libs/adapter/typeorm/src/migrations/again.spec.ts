import { StorageUnavailable } from '@sendback/domain/connection';
import { Database } from '../database/database';
import type { Schema } from '../database/engine';
import { testEngines } from '../testing/engines';

describe.each(testEngines())('a migration on $name', (engine) => {
  it.each<[Schema, number]>([
    ['application', 2],
    ['gateway', 1],
  ])('that was interrupted is done again, over what it had done: %s', async (schema, migrations) => {
    const { url, remove } = await engine.empty();
    const migrate = async (work: (database: Database) => Promise<void>): Promise<void> => {
      const database = new Database(url, { schema, migrate: true });
      await work(database);
      await database.close();
    };
    await migrate(async (database) => {
      await database.access(StorageUnavailable).run(({ change }) => change('DELETE FROM SendbackMigration'));
    });
    await migrate(async (database) => {
      const done = await database
        .access(StorageUnavailable)
        .run(({ rows }) => rows('SELECT * FROM SendbackMigration'));
      expect(done).toHaveLength(migrations);
    });
    await remove();
  });
});
