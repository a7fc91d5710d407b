import type { QueryRunner } from 'typeorm';
import { hasColumn } from './alter';
import { ask } from './ask';

const LIST = 'ConnectionID_List';

/** Gives a list of connections that was made by hand a key and the columns it lacks. Harmless on one that is ours. */
export async function adoptOnMySql(runner: QueryRunner): Promise<void> {
  await runner.query(`DELETE FROM ${LIST} WHERE ConnectionID IS NULL OR ConnectionID = ''`);
  await straightenColumns(runner);
  if (await hasKey(runner)) return;
  await mergeDuplicates(runner);
  await runner.query(`ALTER TABLE ${LIST} ADD UNIQUE KEY ${LIST}_ConnectionID (ConnectionID)`);
}

/** Without strict mode, so that a date which is none does not stop the change: it becomes 0, and then NULL. */
async function straightenColumns(runner: QueryRunner): Promise<void> {
  const [longest] = await ask(runner, `SELECT MAX(CHAR_LENGTH(ConnectionID)) AS length FROM ${LIST}`);
  const changes = [
    'ENGINE=InnoDB',
    `MODIFY ConnectionID VARCHAR(${Math.max(50, Number(longest?.['length']))}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL`,
    `${(await hasColumn(runner, LIST, 'Date')) ? 'MODIFY' : 'ADD'} Date DATETIME(3) NULL`,
  ];
  if (!(await hasColumn(runner, LIST, 'PushAddress'))) changes.push('ADD PushAddress VARCHAR(2048) NULL');
  await runner.query("SET @modeBefore = @@SESSION.sql_mode, SESSION sql_mode = ''");
  try {
    await runner.query(`ALTER TABLE ${LIST} ${changes.join(', ')}`);
    await runner.query(`UPDATE ${LIST} SET Date = NULL WHERE Date = 0`);
  } finally {
    await runner.query('SET SESSION sql_mode = @modeBefore');
  }
}

async function mergeDuplicates(runner: QueryRunner): Promise<void> {
  const duplicates = await ask(
    runner,
    `SELECT ConnectionID AS id, COUNT(*) AS count FROM ${LIST} GROUP BY ConnectionID HAVING COUNT(*) > 1`,
  );
  for (const { id, count } of duplicates) {
    await runner.query(`DELETE FROM ${LIST} WHERE ConnectionID = ? ORDER BY Date DESC LIMIT ?`, [
      String(id),
      Number(count) - 1,
    ]);
  }
}

async function hasKey(runner: QueryRunner): Promise<boolean> {
  const rows = await ask(
    runner,
    `SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ?
     GROUP BY index_name HAVING MAX(non_unique) = 0 AND MAX(sub_part) IS NULL AND COUNT(*) = 1
     AND LOWER(MAX(column_name)) = 'connectionid'`,
    [LIST],
  );
  return rows.length > 0;
}
