import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumn, createIndex } from './alter';
import { isMySql } from './column-types';

/** Whose connection it is, what a broadcast was announced as, and by what a dead letter is known. */
export class UserColumns implements MigrationInterface {
  readonly name = 'UserColumns1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    const text = isMySql(runner) ? 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' : '';
    await addColumn(runner, 'ConnectionID_List', 'UserID', `VARCHAR(128) ${text} NULL`);
    await createIndex(runner, 'ConnectionID_List', ['UserID', 'ConnectionID']);
    await addColumn(runner, 'BroadcastReceipt', 'Fingerprint', `VARCHAR(64) ${text} NULL`);
    await addColumn(runner, 'BroadcastDeadLetter', 'LetterKey', `CHAR(64) ${text} NULL`);
    await createIndex(runner, 'BroadcastDeadLetter', ['LetterKey'], 'UNIQUE');
  }

  /** Leaves the columns: the tables that are ours go as a whole, and the list of connections stays usable with them. */
  async down(): Promise<void> {
    return Promise.resolve();
  }
}
