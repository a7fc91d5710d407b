import { StorageUnavailable } from '@sendback/domain/connection';
import {
  type Announcement,
  BroadcastLedger,
  type Receipt,
  type ReceiptPart,
  type Tally,
} from '@sendback/domain/messaging';
import { chunksOf } from './chunks';
import type { Access, Database } from './database/database';
import { marks } from './database/session';

const RECORDED_AT_ONCE = 200;
const PRUNED_AT_ONCE = 500;

const KEY = ['BroadcastID', 'Part'];
const TALLY = ['Recipients', 'Delivered', 'Gone', 'Slow', 'Failed', 'Pending'];
const FIGURES = ['Lanes', 'AcceptedAt', ...TALLY];
const NOTHING: Tally = { recipients: 0, delivered: 0, gone: 0, slow: 0, failed: 0, pending: 0 };

/** In the table `BroadcastReceipt` of an application database. */
export class TypeOrmBroadcastLedger extends BroadcastLedger {
  private readonly database: Access;

  constructor(database: Database) {
    super();
    this.database = database.access(StorageUnavailable);
  }

  async announce({ fingerprint, ...announced }: Announcement): Promise<Receipt | 'conflicting'> {
    const { broadcastId, lanes, acceptedAt } = announced;
    const [first] = await this.database.run(async ({ change, rows, dialect }) => {
      await change(
        `INSERT INTO BroadcastReceipt (BroadcastID, Part, Lanes, AcceptedAt, Fingerprint, ${TALLY.join(', ')})
         VALUES (?, 'announced', ?, ?, ?, 0, 0, 0, 0, 0, 0) ${dialect.keep('BroadcastReceipt', 'Part')}`,
        [broadcastId, lanes, acceptedAt, fingerprint],
      );
      return rows(
        "SELECT Fingerprint AS f FROM BroadcastReceipt WHERE BroadcastID = ? AND Part = 'announced'",
        [broadcastId],
      );
    });
    if (first && first['f'] !== fingerprint) return 'conflicting';
    return (
      (await this.find(broadcastId)) ?? { ...announced, ...NOTHING, lanesReported: [], status: 'running' }
    );
  }

  /** Without the ORM, whose making of the statement takes longer than the statement. */
  async record(parts: readonly ReceiptPart[]): Promise<void> {
    for (const some of chunksOf(parts, RECORDED_AT_ONCE)) {
      const values = some.map(({ broadcastId, part, lanes, acceptedAt, tally }) => [
        ...[broadcastId, part, lanes, acceptedAt],
        ...[tally.recipients, tally.delivered, tally.gone, tally.slow, tally.failed, tally.pending],
      ]);
      await this.database.run(({ change, dialect }) =>
        change(
          `INSERT INTO BroadcastReceipt (${[...KEY, ...FIGURES].join(', ')})
           VALUES ${values.map((row) => `(${marks(row)})`).join(', ')} ${dialect.overwrite(KEY, FIGURES)}`,
          values.flat(),
        ),
      );
    }
  }

  async find(broadcastId: string): Promise<Receipt | null> {
    const [sums] = await this.database.run(({ rows }) =>
      rows(
        `SELECT COUNT(*) AS parts, GROUP_CONCAT(CASE WHEN Part LIKE 'lane-%' THEN SUBSTR(Part, 6) END) AS reported,
           MAX(Lanes) AS lanes, MIN(AcceptedAt) AS acceptedAt, SUM(Recipients) AS recipients, SUM(Delivered) AS delivered, SUM(Gone) AS gone,
           SUM(Slow) AS slow, SUM(Failed) AS failed, SUM(Pending) AS pending
         FROM BroadcastReceipt WHERE BroadcastID = ?`,
        [broadcastId],
      ),
    );
    const figure = (name: string): number => Number(sums?.[name]);
    if (figure('parts') === 0) return null;
    const lanesReported = numbers(sums?.['reported']);
    return {
      broadcastId,
      acceptedAt: figure('acceptedAt'),
      lanesReported,
      status: lanesReported.length >= figure('lanes') && figure('pending') === 0 ? 'finished' : 'running',
      recipients: figure('recipients'),
      delivered: figure('delivered'),
      gone: figure('gone'),
      slow: figure('slow'),
      failed: figure('failed'),
      pending: figure('pending'),
    };
  }

  /** In steps: a large one would keep everyone else waiting. */
  async prune(acceptedBefore: number): Promise<void> {
    const step = `DELETE FROM BroadcastReceipt WHERE BroadcastID IN (SELECT BroadcastID FROM
      (SELECT BroadcastID FROM BroadcastReceipt WHERE AcceptedAt < ? LIMIT ${PRUNED_AT_ONCE}) AS old)`;
    for (let pruned = 1; pruned > 0;) {
      pruned = await this.database.run(({ change }) => change(step, [acceptedBefore]));
    }
  }
}

/** Separated by commas; none where there were none to join. */
function numbers(list: unknown): readonly number[] {
  if (typeof list !== 'string') return [];
  return list
    .split(',')
    .map(Number)
    .sort((one, other) => one - other);
}
