import type { QueryRunner } from 'typeorm';
import { addColumn } from './alter';
import { ask } from './ask';

const LIST = 'ConnectionID_List';

/** Gives a list of connections that was made by hand a key and the columns it lacks. Harmless on one that is ours. */
export async function adoptOnSqlite(runner: QueryRunner): Promise<void> {
  await addColumn(runner, LIST, 'Date', 'DATETIME NULL');
  await addColumn(runner, LIST, 'PushAddress', 'VARCHAR(2048) NULL');
  await runner.query(`DELETE FROM ${LIST} WHERE ConnectionID IS NULL OR ConnectionID = ''`);
  if (await hasKey(runner)) return;
  await runner.query(
    `DELETE FROM ${LIST} WHERE rowid NOT IN (SELECT MIN(rowid) FROM ${LIST} GROUP BY ConnectionID)`,
  );
  await runner.query(`CREATE UNIQUE INDEX ${LIST}_ConnectionID ON ${LIST} (ConnectionID)`);
}

async function hasKey(runner: QueryRunner): Promise<boolean> {
  const rows = await ask(
    runner,
    `
    SELECT 1 FROM pragma_index_list('${LIST}') AS list WHERE list."unique" = 1 AND list.partial = 0 AND
      (SELECT group_concat(lower(info.name)) FROM pragma_index_info(list.name) AS info) = 'connectionid'`,
  );
  return rows.length > 0;
}
