import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connectionIds, rows } from './support/database';
import { temporaryFolder } from './support/temporary-folder';

type FunctionName = 'register' | 'transfer' | 'cleanup';

const CALL_EVENTS = `
  const { main_handler } = require('./index.js');
  (async () => {
    const answers = [];
    for (const event of JSON.parse(process.argv[1])) answers.push((await main_handler(event, {})) ?? null);
    process.stdout.write('\\nANSWERS ' + JSON.stringify(answers) + '\\n');
    process.exit(0);
  })();
`;

describe('a built function, alone in a folder on plain node', () => {
  const folder = temporaryFolder();
  const database = (): string => join(folder(), 'data', 'chat.db');
  let gateway: Server;
  let pushed: unknown[];
  let environment: Record<string, string>;

  /** Takes pushes as the cloud's gateway does: one POST for each connection and message. */
  beforeEach(async () => {
    pushed = [];
    gateway = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        if (request.method === 'POST') pushed.push((JSON.parse(body) as { websocket: unknown }).websocket);
        response.writeHead(request.method === 'POST' ? 200 : 404).end('{"errNo":0,"errMsg":"ok"}');
      });
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    environment = {
      DATABASE_URL: `sqlite:${database()}`,
      SENDBACK_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/api-xxxx`,
      QUEUE_URL: 'database:',
    };
  });
  afterEach(() => void gateway.close());

  const place = (name: FunctionName): string => {
    const target = join(folder(), name);
    mkdirSync(target, { recursive: true });
    cpSync(join(__dirname, '../../dist/apps', name), target, { recursive: true });
    return target;
  };

  /** A process of its own, as a cold start is. It runs beside this one, which answers its pushes. */
  const call = async (name: FunctionName, ...events: unknown[]): Promise<unknown[]> => {
    const child = spawn(process.execPath, ['-e', CALL_EVENTS, JSON.stringify(events)], {
      cwd: place(name),
      env: { PATH: process.env['PATH'], ...environment },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += String(chunk)));
    await new Promise((resolve) => child.on('close', resolve));
    const answers = /\nANSWERS (.*)\n/.exec(output)?.[1];
    if (answers === undefined) throw new Error(`${name} gave no answers:\n${output}`);
    return JSON.parse(answers) as unknown[];
  };

  const requestContext = {
    serviceName: 'chat',
    path: '/websocket',
    httpMethod: 'GET',
    requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    identity: { secretId: 'AKIDxxx' },
    sourceIp: '10.0.2.14',
    stage: 'release',
    websocketEnable: true,
  };
  const connecting = (more: object = {}): object => ({
    requestContext,
    websocket: { action: 'connecting', secConnectionID: 'xawexasdfewezdfsdfeasdfffa==', ...more },
  });
  const said = (data: string, more: object = {}): object => ({
    websocket: { action: 'data send', secConnectionID: 'ann', dataType: 'text', data, ...more },
  });

  it('registers as the documents print it', async () => {
    const offered = {
      secWebSocketProtocol: 'chat',
      secWebSocketExtensions: 'permessage-deflate; client_max_window_bits',
    };
    const answer = (more: object = {}): object => ({
      errNo: 0,
      errMsg: 'ok',
      websocket: { action: 'connecting', secConnectionID: 'xawexasdfewezdfsdfeasdfffa==', ...more },
    });
    expect(
      await call(
        'register',
        connecting(),
        connecting(offered),
        { websocket: {} },
        { requestContext },
        connecting(),
      ),
    ).toEqual([
      answer(),
      answer({ secWebSocketProtocol: 'chat', secWebSocketExtensions: '' }),
      { errNo: 101, errMsg: 'not found request context' },
      { errNo: 102, errMsg: 'not found websocket' },
      answer(),
    ]);
    expect(connectionIds(database())).toEqual(['xawexasdfewezdfsdfeasdfffa==']);
  });

  it('refuses with 301 when it cannot record the connection', async () => {
    environment['DATABASE_URL'] = 'sqlite:/dev/null/chat.db';
    expect(await call('register', connecting())).toEqual([{ errNo: 301, errMsg: 'storage unavailable' }]);
  });

  it('says which file is missing when SQLite is asked for and index.js was taken along alone', () => {
    const target = place('register');
    rmSync(join(target, 'libsql.node'));
    const env = { PATH: process.env['PATH'], ...environment };
    const call = `require('./index.js').main_handler(${JSON.stringify(connecting())}).then(() => process.exit())`;
    const result = spawnSync(process.execPath, ['-e', call], { cwd: target, env });
    expect(String(result.stdout)).toContain('needs the file libsql.node');
  });

  it('transfers as the documents print it', async () => {
    await call('register', connecting());
    const text = said('hello');
    const binary = said('AAEC', { dataType: 'binary', action: 'data recv' });
    expect(await call('transfer', text, binary, { requestContext })).toEqual([
      text,
      binary,
      { errNo: 102, errMsg: 'not found web socket' },
    ]);
    expect(rows(database(), 'select distinct Body from BroadcastMessage')).toHaveLength(2);
    expect(pushed).toEqual([]);
  });

  it('answers an action over the reverse push address, in the form the cloud takes', async () => {
    await call('transfer', said('{"action":"whoami","id":1}'));
    expect(pushed).toMatchObject([
      {
        action: 'data send',
        secConnectionID: 'ann',
        dataType: 'text',
        data: '{"type":"ack","id":1,"action":"whoami","connectionId":"ann"}',
      },
    ]);
  });

  it('cleans up as the documents print it', async () => {
    await call('register', connecting());
    const closing = { websocket: { action: 'closing', secConnectionID: 'xawexasdfewezdfsdfeasdfffa==' } };
    expect(await call('cleanup', closing, closing, {})).toEqual([
      closing,
      closing,
      { errNo: 102, errMsg: 'not found web socket' },
    ]);
    expect(connectionIds(database())).toEqual([]);
  });

  it.each<[FunctionName, string]>([
    ['register', 'RegistrationHandler'],
    ['transfer', 'TransferHandler'],
    ['cleanup', 'CleanupHandler'],
  ])('%s calls errors and what they went through by the names of its sources', (name, handler) => {
    const call = `require('./index.js').main_handler({ requestContext: {} }).then(() => process.exit())`;
    const env = { PATH: process.env['PATH'], ...environment };
    const result = spawnSync(process.execPath, ['-e', call], { cwd: place(name), env });
    const { error } = JSON.parse(String(result.stdout)) as { error: { name: string; stack: string } };
    expect(error.name).toBe('NoWebsocket');
    expect(error.stack).toMatch(new RegExp(`at websocketOf .*\\n +at ${handler}\\.handle`));
  });

  it.each<[FunctionName, string, string | undefined, string]>([
    ['register', 'DATABASE_URL', undefined, 'DATABASE_URL is missing'],
    ['register', 'SENDBACK_URL', undefined, 'SENDBACK_URL is missing'],
    ['transfer', 'QUEUE_URL', undefined, 'QUEUE_URL is missing'],
    ['cleanup', 'DATABASE_URL', undefined, 'DATABASE_URL is missing'],
    ['register', 'DATABASE_URL', 'postgres://ann:secret@db/chat', 'DATABASE_URL is malformed'],
    ['transfer', 'QUEUE_URL', 'kafka://secret', 'QUEUE_URL is malformed'],
    ['register', 'SENDBACK_URL', 'ftp://secret', 'SENDBACK_URL is malformed'],
  ])('%s names the variable at start when %s is %s', (name, variable, value, message) => {
    const { [variable]: _, ...others } = environment;
    const env = { PATH: process.env['PATH'], ...others, ...(value !== undefined && { [variable]: value }) };
    const result = spawnSync(process.execPath, ['-e', 'require("./index.js")'], { cwd: place(name), env });
    expect(result.status).not.toBe(0);
    expect(String(result.stderr)).toContain(message);
    expect(String(result.stderr)).not.toContain('secret');
  });

  it.each<[FunctionName]>([['register'], ['transfer'], ['cleanup']])(
    '%s is one file of at most 1.6 MB, and the library of SQLite',
    (name) => {
      const target = place(name);
      expect(readdirSync(target).sort()).toEqual(['index.js', 'libsql.node']);
      expect(statSync(join(target, 'index.js')).size).toBeLessThanOrEqual(1.6 * 1024 * 1024);
    },
  );
});
