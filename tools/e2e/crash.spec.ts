import { join } from 'node:path';
import { type Standalone, startStandalone } from './support/app-process';
import { Client } from './support/client';
import { connectionIds, eventually, rows } from './support/database';
import { freePort } from './support/free-port';
import { temporaryFolder } from './support/temporary-folder';

const CLIENTS = 200;
const BROADCASTS = 500;

describe('a kill -9 in the middle of a broadcast to 200 clients', () => {
  const folder = temporaryFolder();
  const count = (file: string, table: string): number =>
    Number(rows(join(folder(), file), `select count(*) as n from ${table}`)[0]?.['n']);
  let system: Standalone;

  it('leaves nothing behind once it runs again', async () => {
    const ports = { PORT: String(await freePort()), PUSH_PORT: String(await freePort()) };
    system = await startStandalone(folder(), ports);
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => Client.connect(system.websocket)),
    );
    const sender = clients[0]!;
    for (let n = 0; n < BROADCASTS; n++) sender.say(JSON.stringify({ action: 'broadcast', data: n, id: n }));
    const receiver = clients[CLIENTS - 1]!;
    await receiver.until(() => receiver.messages().length > 100, 'the first messages');
    await system.app.kill();
    await Promise.all(clients.map((client) => client.closed()));
    for (const client of clients.slice(1)) {
      expect(client.messages()).toEqual(client.messages().map((_, n) => n));
    }
    const acknowledged = sender
      .frames()
      .filter(({ type, action }) => type === 'ack' && action === 'broadcast')
      .map(({ messageId }) => messageId);
    const before = { rows: count('sendback.db', 'ConnectionID_List'), sessions: sessions() };
    expect(before).toEqual({ rows: CLIENTS, sessions: CLIENTS });

    system = await startStandalone(folder(), ports);
    try {
      const again = await Promise.all(
        Array.from({ length: CLIENTS }, () => Client.connect(system.websocket)),
      );
      await eventually(() => sessions() === CLIENTS, 'cleanup was called for all that had been open');
      await eventually(() => count('sendback.db', 'BroadcastMessage') === 0, 'the queue is finished');
      expect(connectionIds(join(folder(), 'sendback.db')).sort()).toEqual(again.map(({ id }) => id).sort());
      const receipts = rows(join(folder(), 'sendback.db'), 'select BroadcastID from BroadcastReceipt');
      expect(receipts.map(({ BroadcastID }) => BroadcastID)).toEqual(expect.arrayContaining(acknowledged));
      await again[0]!.ask({ action: 'broadcast', data: 'after' });
      await Promise.all(
        again.slice(1).map((client) => client.until(() => client.messages().includes('after'), 'it')),
      );
      console.log(
        `${acknowledged.length} of ${BROADCASTS} acknowledged before the kill, all with a receipt after it; ${CLIENTS} served again`,
      );
    } finally {
      await system.app.stop();
    }
  });

  const sessions = (): number => count('gateway.db', 'GatewaySession');
});
