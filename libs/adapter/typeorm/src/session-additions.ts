import { type LedgerSession, LedgerUnavailable, type Tenure } from '@sendback/domain/gateway';
import type { Access } from './database/database';
import { marks, type Session } from './database/session';

/** Records the sessions of one tenure. */
export class SessionAdditions {
  private readonly insert: (session: LedgerSession) => Promise<boolean>;

  constructor(
    database: Access,
    readonly tenure: Tenure,
  ) {
    this.insert = database.joined((session, sessions) => insert(session, tenure, sessions));
  }

  /** @throws LedgerUnavailable also when the tenure is over */
  async add(session: LedgerSession): Promise<void> {
    const isRecorded = await this.insert(session);
    if (!isRecorded) throw new LedgerUnavailable(`tenure ${this.tenure.epoch} of this node is over`);
  }
}

/** @returns whether each is recorded: none is when the tenure is over */
async function insert(
  { change, rows, dialect }: Session,
  { nodeId, epoch }: Tenure,
  sessions: readonly LedgerSession[],
): Promise<readonly boolean[]> {
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
  if (added >= ids.length) return ids.map(() => true);
  const known = await rows(
    `SELECT ConnectionID AS id FROM GatewaySession WHERE ConnectionID IN (${marks(ids)})`,
    ids,
  );
  const recorded = new Set(known.map(({ id }) => String(id)));
  return ids.map((id) => recorded.has(id));
}
