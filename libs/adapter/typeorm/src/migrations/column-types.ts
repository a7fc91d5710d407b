import type { QueryRunner } from 'typeorm';

/** The words in which the engines' CREATE TABLE differ. */
export interface ColumnTypes {
  readonly sequence: string;
  readonly longText: string;
  /** Ends a CREATE TABLE. */
  readonly table: string;
  /** The same for a table whose rows lie in the order of its key. */
  readonly keyed: string;
}

const innoDb = 'ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

const mySql: ColumnTypes = {
  sequence: 'BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY',
  longText: 'MEDIUMTEXT NOT NULL',
  table: innoDb,
  keyed: innoDb,
};

const sqlite: ColumnTypes = {
  sequence: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  longText: 'TEXT NOT NULL',
  table: '',
  keyed: 'WITHOUT ROWID',
};

export function columnTypes(runner: QueryRunner): ColumnTypes {
  return isMySql(runner) ? mySql : sqlite;
}

export function isMySql(runner: QueryRunner): boolean {
  return runner.dataSource.options.type === 'mysql';
}
