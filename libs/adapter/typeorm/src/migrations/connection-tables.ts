import type { MigrationInterface, QueryRunner } from 'typeorm';
import { adoptOnMySql } from './adopt-mysql';
import { adoptOnSqlite } from './adopt-sqlite';
import { columnTypes, isMySql } from './column-types';
import { createIndex } from './alter';

/**
 * The list of connections, and the rooms they are in. A list that somebody made by hand, as the official templates
 * have it done, is adopted with its rows (contract §6).
 */
export class ConnectionTables implements MigrationInterface {
  readonly name = 'ConnectionTables1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    const { keyed } = columnTypes(runner);
    await runner.query(`CREATE TABLE IF NOT EXISTS ConnectionID_List (
      ConnectionID VARCHAR(50) NOT NULL PRIMARY KEY, Date DATETIME(3) NULL, PushAddress VARCHAR(2048) NULL) ${keyed}`);
    await (isMySql(runner) ? adoptOnMySql(runner) : adoptOnSqlite(runner));
    // Whoever deletes a connection, and however, deletes its memberships with it.
    await runner.query(`CREATE TABLE IF NOT EXISTS ConnectionRoom (
      RoomKey CHAR(64) NOT NULL, ConnectionID VARCHAR(50) NOT NULL, Room VARCHAR(250) NOT NULL,
      PRIMARY KEY (RoomKey, ConnectionID),
      FOREIGN KEY (ConnectionID) REFERENCES ConnectionID_List (ConnectionID) ON DELETE CASCADE) ${keyed}`);
    await createIndex(runner, 'ConnectionRoom', ['ConnectionID']);
  }

  /** Leaves the list itself: it may have been there before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS ConnectionRoom');
  }
}
