import { type LedgerSession, LedgerUnavailable, type Tenure } from '@sendback/domain/gateway';
import type { Access } from './database/database';
import { marks, type Session } from './database/session';

/** SQLite takes up to 500 rows that are written so. */
const AT_ONCE = 250;

interface Waiting {
  readonly session: LedgerSession;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Records the sessions of one tenure: all that come while one statement is under way go in the next one. */
export class SessionAdditions {
  private waiting: Waiting[] = [];
  private running = false;

  constructor(
    private readonly database: Access,
    readonly tenure: Tenure,
  ) {}

  /** @throws LedgerUnavailable also when the tenure is over */
  add(session: LedgerSession): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ session, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) await this.record(this.waiting.splice(0, AT_ONCE));
    this.running = false;
  }

  private async record(batch: readonly Waiting[]): Promise<void> {
    const sessions = batch.map(({ session }) => session);
    try {
      const left = await this.database.run((database) => insert(database, this.tenure, sessions));
      for (const { session, resolve, reject } of batch) {
        if (left.has(session.connectionId))
          reject(new LedgerUnavailable(`tenure ${this.tenure.epoch} of this node is over`));
        else resolve();
      }
    } catch (error) {
      // What waits would only wait as long again, one batch after the other.
      for (const { reject } of [...batch, ...this.waiting.splice(0)]) reject(error);
    }
  }
}

/** @returns ids that are not recorded, since the tenure is over */
async function insert(
  { change, rows, dialect }: Session,
  { nodeId, epoch }: Tenure,
  sessions: readonly LedgerSession[],
): Promise<ReadonlySet<string>> {
  const values = sessions
    .map(() => 'SELECT ? AS id, ? AS api, ? AS cleanup, ? AS opened')
    .join(' UNION ALL ');
  const added = await change(
    `INSERT INTO GatewaySession (ConnectionID, ApiID, CleanupRequestID, OpenedAt, NodeID, Epoch, Claim)
     SELECT s.id, s.api, s.cleanup, s.opened, t.NodeID, t.Epoch, '' FROM (${values}) s CROSS JOIN GatewayTenure t
     WHERE t.NodeID = ? AND t.Epoch = ? AND t.LeaseUntil > 0 ${dialect.keep('GatewaySession', 'ConnectionID')}`,
    [
      ...sessions.flatMap(({ connectionId, apiId, cleanupRequestId, openedAt }) => [
        connectionId,
        apiId,
        cleanupRequestId,
        openedAt,
      ]),
      nodeId,
      epoch,
    ],
  );
  const ids = sessions.map(({ connectionId }) => connectionId);
  if (added >= ids.length) return new Set();
  const known = await rows(
    `SELECT ConnectionID AS id FROM GatewaySession WHERE ConnectionID IN (${marks(ids)})`,
    ids,
  );
  const recorded = new Set(known.map(({ id }) => String(id)));
  return new Set(ids.filter((id) => !recorded.has(id)));
}
