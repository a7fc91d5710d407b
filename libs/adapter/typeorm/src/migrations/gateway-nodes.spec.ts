import { TypeOrmSessionLedger } from '../session-ledger';
import { Database } from '../database/database';
import { makeTables, testEngines } from '../testing/engines';

it.each(testEngines())(
  'a ledger of before gateways knew each other keeps its sessions on $name',
  async (engine) => {
    const test = await engine.empty();
    await test.byHand([
      'CREATE TABLE GatewayTenure (NodeID VARCHAR(200) NOT NULL, Epoch INT NOT NULL, LeaseUntil BIGINT NOT NULL, PRIMARY KEY (NodeID, Epoch))',
      `CREATE TABLE GatewaySession (ConnectionID VARCHAR(50) NOT NULL PRIMARY KEY, ApiID VARCHAR(200) NOT NULL,
        CleanupRequestID VARCHAR(50) NOT NULL, OpenedAt BIGINT NOT NULL, NodeID VARCHAR(200) NOT NULL, Epoch INT NOT NULL,
        Claim VARCHAR(50) NOT NULL)`,
      "INSERT INTO GatewayTenure VALUES ('a', 7, 1700000000000), ('b', 1, 0)",
      "INSERT INTO GatewaySession VALUES ('1', 'api-1', 'c', 5, 'a', 7, '')",
    ]);
    await makeTables(test.url, 'gateway');
    const database = new Database(test.url, { schema: 'gateway', migrate: true });
    const ledger = new TypeOrmSessionLedger(database);
    expect(await ledger.nodes()).toEqual([]);
    const node = { tag: 'aa', address: 'http://a:1' };
    const heir = await ledger.begin('a', 60_000, node);
    expect(heir.epoch).toBe(8);
    expect(await ledger.adopt(heir, 10, false)).toEqual([
      { connectionId: '1', apiId: 'api-1', cleanupRequestId: 'c', openedAt: 5 },
    ]);
    expect(await ledger.nodes()).toEqual([node]);
    await database.close();
    await test.remove();
  },
);
