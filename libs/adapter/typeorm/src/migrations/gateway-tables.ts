import type { MigrationInterface, QueryRunner } from 'typeorm';
import { columnTypes } from './column-types';
import { createIndex } from './alter';

/** Where open sessions stand, and the ids of APIs. */
export class GatewayTables implements MigrationInterface {
  readonly name = 'GatewayTables1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    const { keyed } = columnTypes(runner);
    await runner.query(`CREATE TABLE IF NOT EXISTS GatewayTenure (
      NodeID VARCHAR(200) NOT NULL, Epoch INT NOT NULL, LeaseUntil BIGINT NOT NULL, PRIMARY KEY (NodeID, Epoch)
      ) ${keyed}`);
    await runner.query(`CREATE TABLE IF NOT EXISTS GatewaySession (
      ConnectionID VARCHAR(50) NOT NULL PRIMARY KEY, ApiID VARCHAR(200) NOT NULL, CleanupRequestID VARCHAR(50) NOT NULL,
      OpenedAt BIGINT NOT NULL, NodeID VARCHAR(200) NOT NULL, Epoch INT NOT NULL, Claim VARCHAR(50) NOT NULL
      ) ${keyed}`);
    await runner.query(`CREATE TABLE IF NOT EXISTS GatewayApi (
      NameKey CHAR(64) NOT NULL PRIMARY KEY, Name VARCHAR(200) NOT NULL, ApiID VARCHAR(200) NOT NULL) ${keyed}`);
    await createIndex(runner, 'GatewaySession', ['NodeID', 'Epoch', 'Claim']);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['Api', 'Session', 'Tenure'])
      await runner.query(`DROP TABLE IF EXISTS Gateway${table}`);
  }
}
