import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Receipt } from './records';

/** What stands in a database of the topology. */
export class Storage {
  constructor(private readonly url: string) {}

  async rows(sql: string): Promise<readonly RowDataPacket[]> {
    const connection = await createConnection(this.url);
    try {
      return (await connection.query<RowDataPacket[]>(sql))[0];
    } finally {
      await connection.end();
    }
  }

  async count(table: string): Promise<number> {
    const [row] = await this.rows(`SELECT COUNT(*) AS n FROM ${table}`);
    return Number(row?.['n']);
  }

  async connectionIds(): Promise<string[]> {
    const rows = await this.rows('SELECT ConnectionID AS id FROM ConnectionID_List ORDER BY ConnectionID');
    return rows.map(({ id }) => String(id));
  }

  async receipts(): Promise<readonly Receipt[]> {
    const sums = ['Recipients', 'Delivered', 'Gone', 'Slow', 'Failed', 'Pending']
      .map((name) => `SUM(${name}) AS ${name.toLowerCase()}`)
      .join(', ');
    const rows = await this.rows(
      `SELECT BroadcastID AS id, MAX(Lanes) AS lanes, SUM(Part LIKE 'lane-%') AS lanesReported, ${sums}
       FROM BroadcastReceipt GROUP BY BroadcastID`,
    );
    return rows.map(({ id, ...figures }) => {
      const figure = (name: string): number => Number(figures[name]);
      return {
        broadcastId: String(id),
        lanes: figure('lanes'),
        lanesReported: figure('lanesReported'),
        recipients: figure('recipients'),
        delivered: figure('delivered'),
        gone: figure('gone'),
        slow: figure('slow'),
        failed: figure('failed'),
        pending: figure('pending'),
      };
    });
  }
}
