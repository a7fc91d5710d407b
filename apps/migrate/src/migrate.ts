import { Database, type DatabaseUrl } from '@sendback/adapter/typeorm';
import { StorageUnavailable } from '@sendback/domain/connection';

export type Schema = 'application' | 'gateway';

/** As long as one process migrates at most, and the next one after it. */
const PATIENCE_MS = 20 * 60_000;
/** What a call fails with, which is answered within 2.5 s, while this or another process is at it. */
const UNDER_WAY = /^(DEADLINE|SQLITE_BUSY)/;

/**
 * Makes or changes the tables of one schema, however long it takes; one process at a time, whoever else begins meanwhile.
 * @returns the migrations that the database had not seen when this began
 * @throws StorageUnavailable when the database is away, or refuses
 */
export async function migrate(url: DatabaseUrl, schema: Schema): Promise<readonly string[]> {
  const asItIs = new Database(url, { schema, migrate: false });
  const migrated = new Database(url, { schema, migrate: true });
  try {
    // Before the first migration there is nowhere to read it.
    const before = await migrationsOf(asItIs).catch((): string[] => []);
    const after = await whenDone(() => migrationsOf(migrated));
    return after.filter((name) => !before.includes(name));
  } finally {
    await asItIs.close();
    await migrated.close();
  }
}

async function migrationsOf(database: Database): Promise<string[]> {
  const access = database.access(StorageUnavailable);
  const rows = await access.run((session) =>
    session.rows('SELECT name FROM SendbackMigration ORDER BY name'),
  );
  return rows.map(({ name }) => String(name));
}

async function whenDone<T>(call: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ;) {
    try {
      return await call();
    } catch (error) {
      if (!UNDER_WAY.test(codeOf(error)) || performance.now() > end) throw error;
    }
  }
}

function codeOf(error: unknown): string {
  const { cause } = error as Error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
