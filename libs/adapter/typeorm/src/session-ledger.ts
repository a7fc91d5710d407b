import { randomUUID } from 'node:crypto';
import { type LedgerSession, LedgerUnavailable, SessionLedger, type Tenure } from '@sendback/domain/gateway';
import { chunksOf } from './chunks';
import type { Access, Database } from './database/database';
import { marks, type Session } from './database/session';
import { digest } from './digest';

const AT_ONCE = 500;

/**
 * In the tables `GatewayTenure`, `GatewaySession` and `GatewayApi` of a gateway database. A tenure whose `LeaseUntil`
 * is 0 is over for ever, and only its sessions are adopted: whoever adopts ends the tenure first.
 */
export class TypeOrmSessionLedger extends SessionLedger {
  private readonly database: Access;
  /** Of adoptions that failed, but may have taken effect: the next one gives what they took. */
  private readonly unansweredClaims: string[] = [];

  constructor(database: Database) {
    super();
    this.database = database.access(LedgerUnavailable);
  }

  async begin(nodeId: string, now: number, leaseMs: number): Promise<Tenure> {
    return this.database.transaction(async ({ change, rows }) => {
      await change('UPDATE GatewayTenure SET LeaseUntil = 0 WHERE NodeID = ?', [nodeId]);
      await change(
        `INSERT INTO GatewayTenure (NodeID, Epoch, LeaseUntil)
         SELECT ?, COALESCE(MAX(Epoch), 0) + 1, ? FROM GatewayTenure WHERE NodeID = ?`,
        [nodeId, now + leaseMs, nodeId],
      );
      const [latest] = await rows('SELECT MAX(Epoch) AS epoch FROM GatewayTenure WHERE NodeID = ?', [nodeId]);
      const epoch = Number(latest?.['epoch']);
      await change(
        `DELETE FROM GatewayTenure WHERE NodeID = ? AND Epoch < ? AND NOT EXISTS (SELECT 1 FROM GatewaySession s
           WHERE s.NodeID = GatewayTenure.NodeID AND s.Epoch = GatewayTenure.Epoch)`,
        [nodeId, epoch],
      );
      return { nodeId, epoch };
    });
  }

  async renew({ nodeId, epoch }: Tenure, now: number, leaseMs: number): Promise<boolean> {
    const renewed = await this.database.run(({ change }) =>
      change('UPDATE GatewayTenure SET LeaseUntil = ? WHERE NodeID = ? AND Epoch = ? AND LeaseUntil > 0', [
        now + leaseMs,
        nodeId,
        epoch,
      ]),
    );
    return renewed > 0;
  }

  async end({ nodeId, epoch }: Tenure): Promise<void> {
    await this.database.run(({ change }) =>
      change('UPDATE GatewayTenure SET LeaseUntil = 0 WHERE NodeID = ? AND Epoch = ?', [nodeId, epoch]),
    );
  }

  async add(
    tenure: Tenure,
    { connectionId, apiId, cleanupRequestId, openedAt }: LedgerSession,
  ): Promise<void> {
    await this.database.run(async ({ change, rows, dialect }) => {
      const added = await change(
        `INSERT INTO GatewaySession (ConnectionID, ApiID, CleanupRequestID, OpenedAt, NodeID, Epoch, Claim)
         SELECT ?, ?, ?, ?, t.NodeID, t.Epoch, '' FROM GatewayTenure t
         WHERE t.NodeID = ? AND t.Epoch = ? AND t.LeaseUntil > 0 ${dialect.keep('GatewaySession', 'ConnectionID')}`,
        [connectionId, apiId, cleanupRequestId, openedAt, tenure.nodeId, tenure.epoch],
      );
      if (added > 0) return;
      const known = await rows('SELECT 1 FROM GatewaySession WHERE ConnectionID = ?', [connectionId]);
      if (known.length === 0) throw new LedgerUnavailable(`tenure ${tenure.epoch} of this node is over`);
    });
  }

  async remove(connectionIds: readonly string[]): Promise<void> {
    for (const ids of chunksOf(connectionIds, AT_ONCE)) {
      await this.database.run(({ change }) =>
        change(`DELETE FROM GatewaySession WHERE ConnectionID IN (${marks(ids)})`, ids),
      );
    }
  }

  async adopt(tenure: Tenure, now: number, limit: number): Promise<readonly LedgerSession[]> {
    const claim = this.unansweredClaims.pop() ?? randomUUID();
    try {
      return await this.database.run((session) => adoptAs(claim, session, tenure, now, limit));
    } catch (error) {
      this.unansweredClaims.push(claim);
      throw error;
    }
  }

  async apiId(name: string, candidate: string): Promise<string> {
    const key = digest(name);
    return this.database.run(async ({ change, rows, dialect }) => {
      await change(
        `INSERT INTO GatewayApi (NameKey, Name, ApiID) VALUES (?, ?, ?) ${dialect.keep('GatewayApi', 'ApiID')}`,
        [key, name, candidate],
      );
      const [api] = await rows('SELECT ApiID AS id FROM GatewayApi WHERE NameKey = ?', [key]);
      return String(api?.['id']);
    });
  }
}

async function adoptAs(
  claim: string,
  session: Session,
  tenure: Tenure,
  now: number,
  limit: number,
): Promise<readonly LedgerSession[]> {
  while (await holdsLease(session, tenure, now)) {
    const taken = await claimed(session, tenure, claim);
    if (taken.length > 0) return taken;
    await endRunOutTenures(session, now);
    const orphans = await findOrphans(session, limit);
    if (orphans.length === 0) break;
    await take(claim, session, tenure, orphans);
  }
  return [];
}

async function holdsLease({ rows }: Session, { nodeId, epoch }: Tenure, now: number): Promise<boolean> {
  const sql = 'SELECT 1 FROM GatewayTenure WHERE NodeID = ? AND Epoch = ? AND LeaseUntil > ?';
  return (await rows(sql, [nodeId, epoch, now])).length > 0;
}

async function endRunOutTenures({ change }: Session, now: number): Promise<void> {
  await change(
    `UPDATE GatewayTenure SET LeaseUntil = 0 WHERE LeaseUntil > 0 AND LeaseUntil <= ? AND EXISTS (SELECT 1
       FROM GatewaySession s WHERE s.NodeID = GatewayTenure.NodeID AND s.Epoch = GatewayTenure.Epoch)`,
    [now],
  );
}

/** From the few tenures to their sessions: SQLite keeps to that order with CROSS JOIN. */
async function findOrphans({ rows }: Session, limit: number): Promise<readonly string[]> {
  const found = await rows(
    `SELECT s.ConnectionID AS id FROM GatewayTenure t
     CROSS JOIN GatewaySession s ON s.NodeID = t.NodeID AND s.Epoch = t.Epoch WHERE t.LeaseUntil = 0 LIMIT ?`,
    [limit],
  );
  return found.map(({ id }) => String(id));
}

/** Asks again in the same statement whether each still is an orphan. */
async function take(claim: string, { change }: Session, heir: Tenure, ids: readonly string[]): Promise<void> {
  for (const some of chunksOf(ids, AT_ONCE)) {
    await change(
      `UPDATE GatewaySession SET NodeID = ?, Epoch = ?, Claim = ? WHERE ConnectionID IN (${marks(some)})
       AND EXISTS (SELECT 1 FROM GatewayTenure t
         WHERE t.NodeID = GatewaySession.NodeID AND t.Epoch = GatewaySession.Epoch AND t.LeaseUntil = 0)`,
      [heir.nodeId, heir.epoch, claim, ...some],
    );
  }
}

async function claimed({ manager }: Session, heir: Tenure, claim: string): Promise<readonly LedgerSession[]> {
  return manager
    .createQueryBuilder<LedgerSession>('Session', 's')
    .where('s.nodeId = :nodeId AND s.epoch = :epoch AND s.claim = :claim', { ...heir, claim })
    .getMany();
}
