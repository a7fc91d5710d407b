import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from './support/app-process';
import { Client } from './support/client';
import { connectionIds, eventually } from './support/database';
import { PushRelay } from './support/push-relay';
import { temporaryFolder } from './support/temporary-folder';

const API_ID = 'api-0123456789abcdef0123456789abcdef';
const TOKEN = 'the-token-of-the-tests';
const JWT_SECRET = 'a secret of at least 32 characters';

type Json = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly json: Json;
}

/** A token that names a user, as any JWT library makes it. */
function jwtOf(sub: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub, exp })}`;
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}

describe('the API, before a gateway, functions and a broadcaster', () => {
  const folder = temporaryFolder();
  const running: AppProcess[] = [];
  let relay: PushRelay;
  let api: AppProcess;
  let base: string;
  let websocket: string;

  const start = async (name: string, env: Readonly<Record<string, string>>): Promise<AppProcess> => {
    const app = await AppProcess.start(name, env, /"msg":"ready"/);
    running.push(app);
    return app;
  };

  const startGateway = async (functions: string): Promise<void> => {
    const file = join(folder(), 'gateway.yaml');
    writeFileSync(
      file,
      `
listen: { host: 127.0.0.1, port: 0 }
reversePush: { port: 0 }
database: sqlite:${join(folder(), 'gateway.db')}
apis:
  - id: ${API_ID}
    serviceName: chat
    functions:
      register: { url: '${functions}/register', timeout: 30 }
      transfer: { url: '${functions}/transfer', timeout: 30 }
      cleanup: { url: '${functions}/cleanup', timeout: 30 }
`,
    );
    const { output } = await start('gateway', { GATEWAY_CONFIG: file });
    websocket = /"websocket":"([^"]+)"/.exec(output)?.[1] ?? '';
    relay.target = new URL(API_ID, /"reversePush":"([^"]+)"/.exec(output)?.[1]).href;
  };

  beforeEach(async () => {
    relay = await PushRelay.start();
    const environment = {
      DATABASE_URL: `sqlite:${join(folder(), 'sendback.db')}`,
      SENDBACK_URL: relay.address,
      QUEUE_URL: 'database:',
    };
    const host = await start('function-host', { ...environment, PORT: '0', JWT_SECRET });
    await startGateway(new URL(/"url":"([^"]+)"/.exec(host.output)?.[1] ?? '').origin);
    await start('broadcaster', environment);
    api = await start('api', { ...environment, PORT: '0', API_TOKENS: `${TOKEN},another-token-0123` });
    base = /"url":"([^"]+)"/.exec(api.output)?.[1] ?? '';
  });
  afterEach(async () => {
    for (const app of running.splice(0).reverse()) await app.stop();
    await relay.stop();
  });

  const ask = async (method: string, path: string, body?: object, headers: object = {}): Promise<Answer> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return {
      status: response.status,
      location: response.headers.get('location') ?? '',
      json: text === '' ? {} : (JSON.parse(text) as Json),
    };
  };
  const broadcast = async (target: object, payload: object, headers?: object): Promise<string> => {
    const { status, json } = await ask('POST', '/broadcasts', { target, ...payload }, headers);
    expect(status).toBe(202);
    return String(json['broadcastId']);
  };
  const receipt = async (id: string): Promise<Json> => (await ask('GET', `/broadcasts/${id}`)).json;
  const finished = async (id: string): Promise<Json> => {
    await eventually(async () => (await receipt(id))['status'] === 'finished', 'the broadcast is finished');
    return receipt(id);
  };
  const deadLetters = async (): Promise<readonly Json[]> =>
    (await ask('GET', '/dead-letters')).json['deadLetters'] as readonly Json[];

  const connect = (user: string): Promise<Client> => Client.connect(`${websocket}?token=${jwtOf(user)}`);
  /** Whatever it was given so far, now that everything sent before has arrived. */
  const frames = (client: Client): string[] => client.received.filter((frame) => !frame.includes('"ack"'));

  it('brings what a backend says to everybody, a room, a user, and chosen connections', async () => {
    const [ann, ann2, bob] = (await Promise.all(['ann', 'ann', 'bob'].map(connect))) as [
      Client,
      Client,
      Client,
    ];
    await ann.ask({ action: 'join', room: 'tëa' });
    await bob.ask({ action: 'join', room: 'tëa' });

    const sent = [
      await broadcast({ kind: 'all' }, { text: 'to all 👋' }),
      await broadcast({ kind: 'room', room: 'tëa' }, { json: { to: ['the', 'room'] } }),
      await broadcast({ kind: 'user', userId: 'ann' }, { base64: 'AAH/' }),
      await broadcast(
        { kind: 'connections', connectionIds: [ann2.id, bob.id, 'nobody'] },
        { text: 'to two' },
      ),
    ];

    const counts = [];
    for (const id of sent) counts.push(await finished(id));
    const none = { gone: 0, slow: 0, failed: 0, pending: 0 };
    expect(counts).toMatchObject([
      { recipients: 3, delivered: 3, ...none },
      { recipients: 2, delivered: 2, ...none },
      { recipients: 2, delivered: 2, ...none },
      { recipients: 3, delivered: 2, ...none, gone: 1 },
    ]);
    await Promise.all([ann, bob].map((client) => client.hears('{"to":["the","room"]}')));
    await Promise.all([ann, ann2].map((client) => client.hears('binary 0001ff')));
    await Promise.all([ann2, bob].map((client) => client.hears('to two')));
    expect(frames(ann).sort()).toEqual(['binary 0001ff', 'to all 👋', '{"to":["the","room"]}']);
    expect(frames(ann2).sort()).toEqual(['binary 0001ff', 'to all 👋', 'to two']);
    expect(frames(bob).sort()).toEqual(['to all 👋', 'to two', '{"to":["the","room"]}']);
  });

  it('sends what is repeated with the same key once', async () => {
    const ann = await connect('ann');
    const key = { 'Idempotency-Key': 'order 17' };
    const ids = await Promise.all(
      Array.from({ length: 5 }, () => broadcast({ kind: 'all' }, { text: 'once' }, key)),
    );
    expect(new Set(ids).size).toBe(1);
    await finished(ids[0] ?? '');
    ids.push(await broadcast({ kind: 'all' }, { text: 'once' }, key));
    expect(await finished(await broadcast({ kind: 'all' }, { text: 'end' }))).toMatchObject({ delivered: 1 });
    await ann.hears('end');
    expect(frames(ann)).toEqual(['once', 'end']);
    expect((await ask('POST', '/broadcasts', { target: { kind: 'all' }, text: 'two' }, key)).status).toBe(
      422,
    );
  });

  it('shows who is connected, and closes a connection', async () => {
    const [ann, bob] = (await Promise.all(['ann', 'bob'].map(connect))) as [Client, Client];
    await ann.ask({ action: 'join', room: 'tea' });
    const listed = async (query: string): Promise<unknown[]> =>
      ((await ask('GET', `/connections${query}`)).json['connections'] as Json[]).map(
        (one) => one['connectionId'],
      );
    expect(await listed('')).toEqual([ann.id, bob.id].sort());
    expect(await listed('?userId=bob')).toEqual([bob.id]);
    expect(await listed('?room=tea')).toEqual([ann.id]);
    const { json } = await ask('GET', `/connections/${ann.id}`);
    expect(json).toMatchObject({ connectionId: ann.id, userId: 'ann', rooms: ['tea'] });
    expect(Math.abs(Date.parse(String(json['openedAt'])) - Date.now())).toBeLessThan(60_000);

    expect((await ask('DELETE', `/connections/${ann.id}`)).status).toBe(204);

    expect(await ann.closed()).toBe(1000);
    const file = join(folder(), 'sendback.db');
    await eventually(
      () => connectionIds(file).join() === bob.id,
      'the record of the closed connection is gone',
    );
    expect((await ask('DELETE', `/connections/${ann.id}`)).status).toBe(404);
    expect(bob.closeCode).toBeNull();
  });

  it('lists what could not be delivered with the reason, and delivers it when it is requeued', async () => {
    const [ann, bob] = (await Promise.all(['ann', 'bob'].map(connect))) as [Client, Client];
    relay.failure = 404;
    const id = await broadcast({ kind: 'all' }, { text: 'late' });
    expect(await finished(id)).toMatchObject({ recipients: 2, delivered: 0, failed: 2 });
    const dead = await deadLetters();
    expect(dead.length).toBeGreaterThan(0);
    for (const one of dead) {
      expect(one).toMatchObject({ broadcastId: id, target: { kind: 'all' } });
      expect(one['reason']).toContain('HTTP 404');
    }
    expect(dead.reduce((sum, { recipients }) => sum + Number(recipients), 0)).toBe(2);

    relay.failure = null;
    for (const one of dead) {
      const { status, json } = await ask('POST', `/dead-letters/${String(one['id'])}/requeue`, {});
      expect([status, json]).toEqual([202, { broadcastId: id }]);
    }

    await Promise.all([ann, bob].map((client) => client.hears('late')));
    await eventually(async () => (await receipt(id))['delivered'] === 2, 'the receipt counts two delivered');
    expect(await receipt(id)).toMatchObject({ status: 'finished', recipients: 2, failed: 0, pending: 0 });
    expect(await deadLetters()).toEqual([]);
    expect(frames(ann)).toEqual(['late']);
  });

  it('lets nobody in without a token, keeps tokens out of its log, and stops when it is asked to', async () => {
    expect((await ask('GET', '/connections', undefined, { authorization: 'Bearer nonsense' })).status).toBe(
      401,
    );
    expect(
      (await ask('GET', '/connections', undefined, { authorization: 'Bearer another-token-0123' })).status,
    ).toBe(200);
    expect(await api.stop()).toBe(0);
    expect(api.output).toContain('"msg":"stopping"');
    expect(api.output).not.toContain(TOKEN);
  });
});
