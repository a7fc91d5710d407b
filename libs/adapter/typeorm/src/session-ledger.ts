import { randomUUID } from 'node:crypto';
import {
  type GatewayNode,
  type LedgerSession,
  LedgerUnavailable,
  SessionLedger,
  type Tenure,
} from '@sendback/domain/gateway';
import { chunksOf } from './chunks';
import type { Access, Database } from './database/database';
import { marks, type Session } from './database/session';
import { digest } from './digest';
import { deleteFrom } from './delete-from';
import { SessionAdditions } from './session-additions';

const AT_ONCE = 500;

/**
 * In the tables `GatewayTenure`, `GatewaySession` and `GatewayApi` of a gateway database. A tenure whose `LeaseUntil`
 * is 0 is over for ever, and only its sessions are adopted: whoever adopts ends the tenure first. Time is the database's.
 */
export class TypeOrmSessionLedger extends SessionLedger {
  private readonly database: Access;
  /** Of adoptions that failed, but may have taken effect: the next one gives what they took. */
  private readonly unansweredClaims: string[] = [];
  /** Of the tenure that adds: a process has one. */
  private additions: SessionAdditions | null = null;
  private readonly delete: (connectionId: string) => Promise<void>;

  constructor(database: Database) {
    super();
    this.database = database.access(LedgerUnavailable);
    this.delete = this.database.joined(deleteFrom('GatewaySession'));
  }

  async begin(nodeId: string, leaseMs: number, node: GatewayNode | null): Promise<Tenure> {
    return this.database.transaction(async ({ change, rows, dialect }) => {
      await change('UPDATE GatewayTenure SET LeaseUntil = 0 WHERE NodeID = ?', [nodeId]);
      await change(
        `INSERT INTO GatewayTenure (NodeID, Epoch, LeaseUntil, Tag, Address)
         SELECT ?, COALESCE(MAX(Epoch), 0) + 1, ${dialect.now} + ?, ?, ? FROM GatewayTenure WHERE NodeID = ?`,
        [nodeId, leaseMs, node?.tag ?? null, node?.address ?? null, nodeId],
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

  async renew({ nodeId, epoch }: Tenure, leaseMs: number): Promise<boolean> {
    const renewed = await this.database.run(({ change, dialect }) =>
      change(
        `UPDATE GatewayTenure SET LeaseUntil = ${dialect.now} + ? WHERE NodeID = ? AND Epoch = ? AND LeaseUntil > 0`,
        [leaseMs, nodeId, epoch],
      ),
    );
    return renewed > 0;
  }

  async end({ nodeId, epoch }: Tenure): Promise<void> {
    await this.database.run(({ change }) =>
      change('UPDATE GatewayTenure SET LeaseUntil = 0 WHERE NodeID = ? AND Epoch = ?', [nodeId, epoch]),
    );
  }

  async nodes(): Promise<readonly GatewayNode[]> {
    const found = await this.database.run(({ rows }) =>
      rows(
        'SELECT Tag AS tag, Address AS address FROM GatewayTenure WHERE LeaseUntil > 0 AND Tag IS NOT NULL',
      ),
    );
    return found.map(({ tag, address }) => ({ tag: String(tag), address: String(address) }));
  }

  async add(tenure: Tenure, session: LedgerSession): Promise<void> {
    const { additions } = this;
    if (additions?.tenure.nodeId !== tenure.nodeId || additions.tenure.epoch !== tenure.epoch)
      this.additions = new SessionAdditions(this.database, tenure);
    await this.additions?.add(session);
  }

  async remove(connectionIds: readonly string[]): Promise<void> {
    for (const ids of chunksOf(connectionIds, AT_ONCE)) await Promise.all(ids.map(this.delete));
  }

  async adopt(tenure: Tenure, limit: number, silentToo: boolean): Promise<readonly LedgerSession[]> {
    const claim = this.unansweredClaims.pop() ?? randomUUID();
    try {
      return await this.database.run((session) => adoptAs(claim, session, tenure, limit, silentToo));
    } catch (error) {
      this.unansweredClaims.push(claim);
      throw error;
    }
  }

  async secret(name: string, candidate: string): Promise<string> {
    const key = digest(name);
    return this.database.run(async ({ change, rows, dialect }) => {
      await change(
        `INSERT INTO GatewayApi (NameKey, Name, ApiID) VALUES (?, ?, ?) ${dialect.keep('GatewayApi', 'ApiID')}`,
        [key, name, candidate],
      );
      const [kept] = await rows('SELECT ApiID AS secret FROM GatewayApi WHERE NameKey = ?', [key]);
      return String(kept?.['secret']);
    });
  }
}

async function adoptAs(
  claim: string,
  session: Session,
  tenure: Tenure,
  limit: number,
  silentToo: boolean,
): Promise<readonly LedgerSession[]> {
  while (await holdsLease(session, tenure)) {
    const taken = await claimed(session, tenure, claim);
    if (taken.length > 0) return taken;
    if (silentToo) await endSilentTenures(session);
    const orphans = await findOrphans(session, limit);
    if (orphans.length === 0) break;
    await take(claim, session, tenure, orphans);
  }
  return [];
}

async function holdsLease({ rows, dialect }: Session, { nodeId, epoch }: Tenure): Promise<boolean> {
  const sql = `SELECT 1 FROM GatewayTenure WHERE NodeID = ? AND Epoch = ? AND LeaseUntil > ${dialect.now}`;
  return (await rows(sql, [nodeId, epoch])).length > 0;
}

/** Looks first, since there is hardly ever one: a change that finds nothing locks all the same. */
async function endSilentTenures({ change, rows, dialect }: Session): Promise<void> {
  const silent = `LeaseUntil > 0 AND LeaseUntil <= ${dialect.now}`;
  const [some] = await rows(`SELECT 1 FROM GatewayTenure WHERE ${silent} LIMIT 1`);
  if (some) await change(`UPDATE GatewayTenure SET LeaseUntil = 0 WHERE ${silent}`);
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
