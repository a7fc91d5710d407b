import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumn, createIndex } from './alter';
import { isMySql } from './column-types';

/** How the nodes that share a ledger find each other. Tenures of before present themselves to nobody. */
export class GatewayNodes implements MigrationInterface {
  readonly name = 'GatewayNodes1700000000005';

  async up(runner: QueryRunner): Promise<void> {
    const text = isMySql(runner) ? 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' : '';
    await addColumn(runner, 'GatewayTenure', 'Tag', `VARCHAR(50) ${text} NULL`);
    await addColumn(runner, 'GatewayTenure', 'Address', `VARCHAR(500) ${text} NULL`);
    await createIndex(runner, 'GatewayTenure', ['Tag'], 'UNIQUE');
  }

  /** Leaves the columns: the table goes as a whole. */
  async down(): Promise<void> {
    return Promise.resolve();
  }
}
