import type { MigrationInterface, QueryRunner } from 'typeorm';
import { columnTypes } from './column-types';
import { createIndex } from './alter';

/** Receipts and the durable queue. */
export class BroadcastTables implements MigrationInterface {
  readonly name = 'BroadcastTables1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    const { sequence, longText, table, keyed } = columnTypes(runner);
    await runner.query(`CREATE TABLE IF NOT EXISTS BroadcastReceipt (
      BroadcastID VARCHAR(200) NOT NULL, Part VARCHAR(250) NOT NULL, Lanes INT NOT NULL, AcceptedAt BIGINT NOT NULL,
      Recipients INT NOT NULL, Delivered INT NOT NULL, Gone INT NOT NULL, Slow INT NOT NULL, Failed INT NOT NULL,
      Pending INT NOT NULL, PRIMARY KEY (BroadcastID, Part)) ${keyed}`);
    await runner.query(`CREATE TABLE IF NOT EXISTS BroadcastMessage (
      Seq ${sequence}, Lane INT NOT NULL, MessageID VARCHAR(250) NOT NULL, Body ${longText}, Bytes INT NOT NULL,
      DueAt BIGINT NOT NULL DEFAULT 0, Deliveries INT NOT NULL DEFAULT 0, UNIQUE (Lane, MessageID)) ${table}`);
    await runner.query(`CREATE TABLE IF NOT EXISTS BroadcastDeadLetter (
      Seq ${sequence}, Lane INT NOT NULL, Body ${longText}, Reason TEXT NOT NULL, DeadAt BIGINT NOT NULL) ${table}`);
    await runner.query(`CREATE TABLE IF NOT EXISTS BroadcastLane (
      Lane INT NOT NULL PRIMARY KEY, Owner VARCHAR(50) NOT NULL, LeaseUntil BIGINT NOT NULL) ${table}`);
    await runner.query(`CREATE TABLE IF NOT EXISTS BroadcastConsumer (
      ConsumerID VARCHAR(50) NOT NULL PRIMARY KEY, LeaseUntil BIGINT NOT NULL) ${table}`);
    await createIndex(runner, 'BroadcastReceipt', ['AcceptedAt']);
    await createIndex(runner, 'BroadcastMessage', ['Lane', 'DueAt', 'Seq']);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = ['Consumer', 'Lane', 'DeadLetter', 'Message', 'Receipt'];
    for (const table of tables) await runner.query(`DROP TABLE IF EXISTS Broadcast${table}`);
  }
}
