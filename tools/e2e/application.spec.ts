import { Client } from './support/client';
import { connectionIds, eventually } from './support/database';
import { type Deployment, deployments } from './support/deployments';
import { push } from './support/push';
import { temporaryFolder } from './support/temporary-folder';

describe.each(Object.entries(deployments))('the three functions %s', (_kind, deploy) => {
  const folder = temporaryFolder();
  let system: Deployment;

  beforeEach(async () => {
    system = await deploy(folder());
  });
  afterEach(() => system.stop());

  const connect = async (count: number): Promise<Client[]> =>
    Promise.all(Array.from({ length: count }, () => Client.connect(system.websocket)));
  const three = async (): Promise<[Client, Client, Client]> => (await connect(3)) as [Client, Client, Client];

  it('brings a frame from one client to every other as it was sent', async () => {
    const [a, b, c] = await three();
    a.say('héllo 👋');
    a.say(Buffer.from([0, 1, 255]));
    for (const other of [b, c]) {
      await other.hears('binary 0001ff');
      expect(other.received.slice(-2)).toEqual(['héllo 👋', 'binary 0001ff']);
    }
    await a.ask({ action: 'whoami' });
    expect(a.messages()).toEqual([]);
    expect(a.received).not.toContain('héllo 👋');
  });

  it('has a row for every connection, and none for one that has closed', async () => {
    const [a, b, c] = await three();
    expect(connectionIds(system.database).sort()).toEqual([a.id, b.id, c.id].sort());
    await b.close();
    await eventually(() => connectionIds(system.database).length === 2, 'two rows are left');
    expect(connectionIds(system.database).sort()).toEqual([a.id, c.id].sort());
  });

  it('is spoken to by anything that knows the reverse push address', async () => {
    const [a] = await connect(1);
    const websocket = { action: 'data send', secConnectionID: a!.id, dataType: 'text', data: 'hi' };
    expect(await push(system.reversePush, { websocket })).toEqual({ status: 200, errNo: 0, errMsg: 'ok' });
    await a!.hears('hi');
    const closing = { websocket: { action: 'closing', secConnectionID: a!.id } };
    expect(await push(system.reversePush, closing)).toMatchObject({ status: 200, errNo: 0 });
    expect(await a!.closed()).toBe(1000);
    expect(await push(system.reversePush, { websocket })).toMatchObject({ status: 410, errNo: 201 });
  });

  it('keeps rooms apart', async () => {
    const [a, b, c] = await three();
    for (const member of [a, b])
      expect(await member.ask({ action: 'join', room: '部屋 🚪' })).toMatchObject({ type: 'ack' });
    await c.ask({ action: 'publish', room: '部屋 🚪', data: 'to the room' });
    await c.ask({ action: 'broadcast', data: 'to all' });
    for (const member of [a, b]) {
      await member.until(() => member.messages().length === 2, 'both messages');
      expect(new Set(member.messages())).toEqual(new Set(['to the room', 'to all']));
    }
    await a.ask({ action: 'leave', room: '部屋 🚪' });
    await c.ask({ action: 'publish', room: '部屋 🚪', data: 'again' });
    await c.ask({ action: 'broadcast', data: 'last' });
    for (const listener of [a, b])
      await listener.until(() => listener.messages().includes('last'), 'the last');
    await b.until(() => b.messages().includes('again'), 'what was said in the room');
    expect(a.messages()).toHaveLength(3);
  });

  it('sends to one connection, and says when it is gone', async () => {
    const [a, b, c] = await three();
    expect(await a.ask({ action: 'send', to: b.id, data: { n: 1 } })).toMatchObject({
      type: 'ack',
      to: b.id,
    });
    await b.until(() => b.messages().length > 0, 'the message');
    expect(b.frames().at(-1)).toMatchObject({ type: 'message', from: a.id, direct: true, data: { n: 1 } });
    await c.close();
    expect(await a.ask({ action: 'send', to: c.id, data: 1 })).toMatchObject({
      type: 'error',
      code: 'connection_gone',
    });
  });

  it('brings 1,000 broadcasts of one client to every other in order, none twice', async () => {
    const [sender, ...others] = (await connect(5)) as [Client, ...Client[]];
    for (let n = 0; n < 1_000; n++) sender.say(JSON.stringify({ action: 'broadcast', data: n, id: n }));
    const all = Array.from({ length: 1_000 }, (_, n) => n);
    for (const other of others) {
      await other.until(() => other.messages().length >= 1_000, '1,000 messages');
      expect(other.messages()).toEqual(all);
    }
    await sender.until(
      () => sender.frames().filter(({ type }) => type === 'ack').length > 1_000,
      'every ack',
    );
    expect(sender.messages()).toEqual([]);
  });
});
