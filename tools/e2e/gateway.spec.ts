import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from './support/app-process';
import { Client } from './support/client';
import { eventually } from './support/database';
import { freePort } from './support/free-port';
import { FunctionServer } from './support/function-server';
import { push } from './support/push';
import { temporaryFolder } from './support/temporary-folder';

describe('gateway', () => {
  const folder = temporaryFolder();
  let functions: FunctionServer;
  let gateway: AppProcess;
  let websocket: string;
  let reversePush: string;
  /** The same after a restart. */
  let ports: { readonly clients: number; readonly pushes: number };

  const start = async (): Promise<void> => {
    const file = join(folder(), 'gateway.yaml');
    const { settings } = functions;
    const hasty = { ...settings, register: { ...settings.register, timeout: 1 } };
    // JSON is YAML.
    writeFileSync(
      file,
      `
listen: { host: 127.0.0.1, port: ${ports.clients} }
reversePush: { port: ${ports.pushes} }
database: sqlite:${join(folder(), 'gateway.db')}
apis:
  - id: api-0123456789abcdef0123456789abcdef
    serviceName: chat
    functions: ${JSON.stringify(settings)}
  - serviceName: hasty
    path: =/hasty
    functions: ${JSON.stringify(hasty)}
`,
    );
    gateway = await AppProcess.start('gateway', { GATEWAY_CONFIG: file }, /"msg":"ready"/);
    websocket = /"websocket":"([^"]+)"/.exec(gateway.output)?.[1] ?? '';
    const { origin } = new URL(/"reversePush":"([^"]+)"/.exec(gateway.output)?.[1] ?? '');
    reversePush = `${origin}/api-0123456789abcdef0123456789abcdef`;
  };

  beforeEach(async () => {
    functions = await FunctionServer.start();
    ports = { clients: await freePort(), pushes: await freePort() };
    await start();
  });
  afterEach(async () => {
    await gateway.stop();
    await functions.stop();
  });

  const handedOver = (id: string): string[] =>
    functions.events.transfer.filter((event) => event.websocket['secConnectionID'] === id).map(dataOf);
  const dataOf = ({ websocket: { data } }: { websocket: Readonly<Record<string, string>> }): string =>
    data ?? '';

  it('hands 1,000 messages of one connection over in order', async () => {
    const client = await Client.open(websocket);
    const messages = Array.from({ length: 1_000 }, (_, n) => `message ${n}`);
    for (const message of messages) client.say(message);
    await eventually(() => functions.events.transfer.length === 1_000, 'all are handed over');
    expect(functions.events.transfer.map(dataOf)).toEqual(messages);
    expect(
      new Set(functions.events.transfer.map(({ requestContext }) => requestContext.requestId)).size,
    ).toBe(1_000);
  });

  it('hands those of 100 connections over at once, each in order, however long each takes', async () => {
    functions.behaviour.transfer = (_, response) =>
      setTimeout(() => response.end('null'), Math.random() * 20);
    const clients = await Promise.all(Array.from({ length: 100 }, () => Client.open(websocket)));
    const messages = Array.from({ length: 30 }, (_, n) => `message ${n}`);
    for (const message of messages) for (const client of clients) client.say(message);
    await eventually(() => functions.events.transfer.length === 3_000, 'all are handed over');
    for (const { websocket: connected } of functions.events.register) {
      expect(handedOver(connected['secConnectionID'] ?? '')).toEqual(messages);
    }
  });

  it('gives registration what the client sent, and every value in websocket as a string', async () => {
    const answer = '{"errNo":0,"errMsg":"ok","websocket":{"secWebSocketProtocol":"chat,binary"}}';
    functions.behaviour.register = (_event, response) => void response.end(answer);
    const client = await Client.open(`${websocket}?name=ann&room=7`, ['chat', 'binary'], {
      headers: { 'X-Shop': 'blue' },
    });
    expect(client.socket.protocol).toBe('chat');
    expect(functions.events.register).toMatchObject([
      {
        requestContext: {
          serviceName: 'chat',
          path: '/websocket',
          httpMethod: 'GET',
          stage: 'release',
          sourceIp: '127.0.0.1',
        },
        queryString: { name: 'ann', room: '7' },
        headers: { 'x-shop': 'blue' },
        websocket: { action: 'connecting', secWebSocketProtocol: 'chat,binary' },
      },
    ]);
    const values = Object.values(functions.events.register[0]?.websocket ?? {});
    expect(values.every((value) => typeof value === 'string')).toBe(true);
    expect(functions.events.register[0]?.websocket['secConnectionID']).toMatch(/^[0-9a-f]{44}$/);
  });

  it.each([
    ['errNo is not 0', '{"errNo":7,"errMsg":"not today"}', 403, { errNo: 7, errMsg: 'not today' }],
    ['it answers false', 'false', 403, { errNo: 203 }],
    ['it answers garbage', 'what?', 502, {}],
    ['it answers nothing of use', '[]', 502, {}],
  ])('refuses the client when %s', async (_, answer, status, body) => {
    functions.behaviour.register = (_event, response) => void response.end(answer);
    expect(await Client.refused(websocket)).toMatchObject({ status, ...body });
  });

  it('refuses the client when registration fails or is late, and calls cleanup: it may have recorded something', async () => {
    functions.behaviour.register = (_event, response) => void response.writeHead(500).end('oops');
    expect((await Client.refused(websocket)).status).toBe(502);
    functions.behaviour.register = () => undefined;
    const hasty = new URL('/release/hasty', websocket).href;
    expect((await Client.refused(hasty)).status).toBe(504);
    await eventually(() => functions.events.cleanup.length === 2, 'cleanup is called for both');
  });

  it('takes a JSON string for an answer, and the sub-protocol in it', async () => {
    const answer = JSON.stringify({
      errNo: 0,
      errMsg: 'ok',
      websocket: { secWebSocketProtocol: 'binary' },
      extra: 1,
    });
    functions.behaviour.register = (_event, response) => void response.end(JSON.stringify(answer));
    const client = await Client.open(websocket, ['chat', 'binary']);
    expect(client.socket.protocol).toBe('binary');
  });

  it('closes a client with 1011 when the transfer function fails', async () => {
    functions.behaviour.transfer = (_event, response) => void response.writeHead(500).end();
    const client = await Client.open(websocket);
    client.say('hello');
    expect(await client.closed()).toBe(1011);
    await eventually(() => functions.events.cleanup.length === 1, 'cleanup is called');
    expect(functions.events.cleanup[0]?.websocket).toMatchObject({ action: 'closing', closeCode: '1011' });
  });

  it('calls cleanup again, with the same requestId, until the function has answered', async () => {
    let failures = 3;
    functions.behaviour.cleanup = (_event, response) =>
      void response.writeHead(failures-- > 0 ? 500 : 200).end('null');
    await (await Client.open(websocket)).close();
    await eventually(() => functions.events.cleanup.length === 4, 'cleanup is called four times');
    expect(new Set(functions.events.cleanup.map(({ requestContext }) => requestContext.requestId)).size).toBe(
      1,
    );
  });

  it('calls cleanup once for each of 200 open connections after a kill -9 and a restart', async () => {
    await Promise.all(Array.from({ length: 200 }, () => Client.open(websocket)));
    const opened = functions.events.register.map(({ websocket: { secConnectionID } }) => secConnectionID);
    await gateway.kill();
    expect(functions.events.cleanup).toEqual([]);
    await start();
    await eventually(() => functions.events.cleanup.length >= 200, 'cleanup is called for all');
    const client = await Client.open(websocket);
    await client.close();
    await eventually(() => functions.events.cleanup.length > 200, 'cleanup is called for one more');
    const cleaned = functions.events.cleanup.map(({ websocket: { secConnectionID } }) => secConnectionID);
    expect(cleaned.slice(0, 200).sort()).toEqual(opened.sort());
    expect(cleaned).toHaveLength(201);
  });

  it('drains on SIGTERM: what was said is handed over, cleanup comes last, clients are told to come back', async () => {
    const order: string[] = [];
    functions.behaviour.transfer = (event, response) =>
      void setTimeout(() => {
        order.push(dataOf(event));
        response.end('null');
      }, 50);
    functions.behaviour.cleanup = (_event, response) => {
      order.push('cleanup');
      response.end('null');
    };
    const client = await Client.open(websocket);
    for (const message of ['1', '2', '3']) client.say(message);
    await eventually(() => functions.events.transfer.length > 0, 'the first is being handed over');
    // It has read what came before the ping that it answers.
    const heard = once(client.socket, 'pong');
    client.socket.ping();
    await heard;
    expect(await gateway.stop()).toBe(0);
    expect(await client.closed()).toBe(1001);
    expect(order).toEqual(['1', '2', '3', 'cleanup']);
  });

  it('answers pushes for ids that are gone, by the thousand', async () => {
    const ids = Array.from({ length: 5_000 }, (_, n) => n.toString(16).padStart(32, '0'));
    const answer = await push(reversePush, {
      websocket: { action: 'data send', secConnectionIDs: ids, dataType: 'text', data: 'x' },
    });
    expect(answer).toMatchObject({ status: 200, errNo: 0, gone: ids, slow: [] });
    const single = ids
      .slice(0, 200)
      .map((secConnectionID) => ({ action: 'data send', secConnectionID, dataType: 'text', data: 'x' }));
    const answers = await Promise.all(single.map((body) => push(reversePush, { websocket: body })));
    expect(new Set(answers.map(({ status, errNo }) => `${status} ${errNo}`))).toEqual(new Set(['410 201']));
  });
});

describe('gateway, when its configuration is wrong', () => {
  const folder = temporaryFolder();

  it.each([
    ['no file', null, 'GATEWAY_CONFIG: cannot read'],
    ['no YAML', 'apis: [', 'not YAML'],
    ['no API', 'apis: []', 'apis: '],
    ['a misspelt key', 'apis: []\nlisten: { prot: 1 }', 'listen: '],
    [
      'a function without a URL',
      'apis: [{ serviceName: chat, functions: { transfer: {} } }]',
      'apis.0.functions.transfer: must have one of url',
    ],
    [
      'a short id',
      'apis: [{ id: api-1, serviceName: chat, functions: { transfer: { url: "http://x/" } } }]',
      'apis.0.id: ',
    ],
  ])('names the field: %s', async (_, yaml, message) => {
    const file = join(folder(), 'gateway.yaml');
    if (yaml !== null) writeFileSync(file, yaml);
    const app = AppProcess.launch('gateway', { GATEWAY_CONFIG: file });
    expect(await app.exit()).toBe(1);
    expect(app.output).toContain(message);
    expect(app.output).not.toContain('    at ');
  });
});
