import { LedgerUnavailable, type Tenure } from '@sendback/domain/gateway';
import { sessionLedgerContract } from '@sendback/domain/gateway/testing';
import { type Access, Database } from './database/database';
import type { Session } from './database/session';
import { TypeOrmSessionLedger } from './session-ledger';
import { type OpenTestDatabase, openTestDatabase, testEngines } from './testing/engines';

for (const engine of testEngines()) {
  sessionLedgerContract(engine.name, async () => {
    const test = await openTestDatabase(engine, 'gateway');
    const database = new LaterDatabase(test.url, { schema: 'gateway', migrate: true });
    return {
      ledger: new TypeOrmSessionLedger(database),
      pass: (ms) => void (database.aheadMs += ms),
      close: async () => {
        await database.close();
        await test.close();
      },
    };
  });
}

/** Its clock can be put ahead. */
class LaterDatabase extends Database {
  aheadMs = 0;

  override access(Failure: typeof LedgerUnavailable): Access {
    const access = super.access(Failure);
    const later = (session: Session): Session => {
      const { dialect } = session;
      return { ...session, dialect: { ...dialect, now: `(${dialect.now} + ${this.aheadMs})` } };
    };
    return {
      run: (work) => access.run((session) => work(later(session))),
      transaction: (work) => access.transaction((session) => work(later(session))),
      joined: (statement) => access.joined((session, items) => statement(later(session), items)),
    };
  }
}

/** Does what it is asked, and then says that it could not; or lets others come first. */
class UnluckyDatabase extends Database {
  answersToLose = 0;
  beforeTaking: ((session: Session) => Promise<unknown>) | null = null;

  override access(Failure: typeof LedgerUnavailable): Access {
    const access = super.access(Failure);
    const run: Access['run'] = async (work) => {
      const answer = await access.run((session) => work(this.withOthersFirst(session)));
      if (this.answersToLose-- > 0) throw new Failure('the answer was lost');
      return answer;
    };
    return { ...access, run };
  }

  private withOthersFirst(session: Session): Session {
    const change: Session['change'] = async (sql, values) => {
      if (sql.startsWith('UPDATE GatewaySession')) await this.beforeTaking?.(session);
      return session.change(sql, values);
    };
    return { ...session, change };
  }
}

describe.each(testEngines())('a session ledger on $name', (engine) => {
  it('is LedgerUnavailable in every call while its database is away', async () => {
    const { openAway, close } = await openTestDatabase(engine, 'gateway');
    const { database } = await openAway();
    const ledger = new TypeOrmSessionLedger(database);
    const tenure = { nodeId: 'a', epoch: 1 };
    const session = { connectionId: '1', apiId: 'api', cleanupRequestId: 'c', openedAt: 0 };
    const calls = [
      ledger.begin('a', 1, null),
      ledger.renew(tenure, 1),
      ledger.nodes(),
      ledger.end(tenure),
      ledger.add(tenure, session),
      ledger.remove(['1']),
      ledger.adopt(tenure, 1, true),
      ledger.secret('chat', 'api'),
    ];
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(LedgerUnavailable);
    await database.close();
    await close();
  });

  describe('in the middle of an adoption', () => {
    const session = { connectionId: '1', apiId: 'api', cleanupRequestId: 'c', openedAt: 0 };
    let test: OpenTestDatabase;
    let database: UnluckyDatabase;
    let ledger: TypeOrmSessionLedger;
    let heir: Tenure;
    let other: Tenure;
    beforeEach(async () => {
      test = await openTestDatabase(engine, 'gateway');
      database = new UnluckyDatabase(test.url, { schema: 'gateway', migrate: true });
      ledger = new TypeOrmSessionLedger(database);
      other = await ledger.begin('b', 100_000, null);
      await ledger.add(await ledger.begin('a', 100_000, null), session);
      heir = await ledger.begin('a', 100_000, null);
    });
    afterEach(async () => {
      await database.close();
      await test.close();
    });

    it('takes nothing that another has just taken', async () => {
      database.beforeTaking = ({ rows }) =>
        rows("UPDATE GatewaySession SET NodeID = ?, Epoch = ?, Claim = 'theirs'", [
          other.nodeId,
          other.epoch,
        ]);
      expect(await ledger.adopt(heir, 10, true)).toEqual([]);
      await ledger.end(other);
      database.beforeTaking = null;
      expect(await ledger.adopt(heir, 10, true)).toEqual([session]);
    });

    it('takes nothing for a tenure that has just come to its end', async () => {
      database.beforeTaking = ({ rows }) =>
        rows('UPDATE GatewayTenure SET LeaseUntil = 0 WHERE NodeID = ?', [heir.nodeId]);
      expect(await ledger.adopt(heir, 10, true)).toEqual([]);
      database.beforeTaking = null;
      expect(await ledger.adopt(other, 10, true)).toEqual([session]);
    });

    it('loses nothing when its answer is lost: the next adoption gives it', async () => {
      database.answersToLose = 1;
      await expect(ledger.adopt(heir, 10, true)).rejects.toThrow(LedgerUnavailable);
      expect(await ledger.adopt(heir, 10, true)).toEqual([session]);
    });
  });
});
