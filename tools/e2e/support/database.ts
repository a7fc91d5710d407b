import Database from 'libsql';

/** Reads rows of a SQLite file that another process works on. */
export function rows(file: string, sql: string): Record<string, unknown>[] {
  const database = new Database(file, { readonly: true, timeout: 5_000 });
  return database.prepare(sql).all() as Record<string, unknown>[];
}

export function connectionIds(file: string): string[] {
  return rows(file, 'select ConnectionID from ConnectionID_List').map(({ ConnectionID }) =>
    String(ConnectionID),
  );
}

/** Asks again until `holds`, for 30 seconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds());) {
    if (Date.now() > end) throw new Error(`it never came about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
