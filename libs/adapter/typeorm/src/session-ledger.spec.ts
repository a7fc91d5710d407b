import { LedgerUnavailable } from '@sendback/domain/gateway';
import { sessionLedgerContract } from '@sendback/domain/gateway/testing';
import { type Access, Database } from './database/database';
import { TypeOrmSessionLedger } from './session-ledger';
import { openTestDatabase, testEngines } from './testing/engines';

for (const engine of testEngines()) {
  sessionLedgerContract(engine.name, async () => {
    const { database, close } = await openTestDatabase(engine, 'gateway');
    return { ledger: new TypeOrmSessionLedger(database), close };
  });
}

/** Does what it is asked, and then says that it could not. */
class LosingDatabase extends Database {
  answersToLose = 0;

  override access(Failure: typeof LedgerUnavailable): Access {
    const access = super.access(Failure);
    const run: Access['run'] = async (work) => {
      const answer = await access.run(work);
      if (this.answersToLose-- > 0) throw new Failure('the answer was lost');
      return answer;
    };
    return { ...access, run };
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
      ledger.begin('a', 0, 1),
      ledger.renew(tenure, 0, 1),
      ledger.end(tenure),
      ledger.add(tenure, session),
      ledger.remove(['1']),
      ledger.adopt(tenure, 0, 1),
      ledger.apiId('chat', 'api'),
    ];
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(LedgerUnavailable);
    await database.close();
    await close();
  });

  it('gives with the next adoption what one took whose answer was lost', async () => {
    const { url, close } = await openTestDatabase(engine, 'gateway');
    const database = new LosingDatabase(url, { schema: 'gateway', migrate: true });
    const ledger = new TypeOrmSessionLedger(database);
    const dead = await ledger.begin('a', 1_000, 100);
    const session = { connectionId: '1', apiId: 'api', cleanupRequestId: 'c', openedAt: 0 };
    await ledger.add(dead, session);
    const heir = await ledger.begin('a', 1_000, 100);
    database.answersToLose = 1;
    await expect(ledger.adopt(heir, 1_000, 10)).rejects.toThrow(LedgerUnavailable);
    expect(await ledger.adopt(heir, 1_000, 10)).toEqual([session]);
    await database.close();
    await close();
  });
});
