import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import WebSocket from 'ws';
import { AppProcess } from './support/app-process';
import { certify } from './support/certify';
import { Client } from './support/client';
import { eventually } from './support/database';
import { FunctionServer } from './support/function-server';
import { temporaryFolder } from './support/temporary-folder';

const API_ID = 'api-0123456789abcdef0123456789abcdef';
const TOKEN = 'a-token-of-more-than-32-characters';

describe('a gateway over TLS', () => {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder(), name);
  const pem = (name: string): string => readFileSync(file(name), 'utf8');
  let functions: FunctionServer;
  let gateway: AppProcess;
  let websocket: string;
  let push: string;

  beforeEach(async () => {
    certify(folder(), 'public', 'first');
    certify(folder(), 'private', 'private');
    certify(folder(), 'pusher', 'pusher');
    functions = await FunctionServer.start();
    const config = {
      listen: {
        host: '127.0.0.1',
        port: 0,
        tls: { cert: file('public.pem'), key: file('public.key') },
      },
      reversePush: {
        port: 0,
        tls: { cert: file('private.pem'), key: file('private.key'), clientCa: file('pusher.pem') },
        tokens: [TOKEN],
      },
      database: `sqlite:${file('gateway.db')}`,
      drainWindow: 0,
      apis: [{ id: API_ID, serviceName: 'chat', functions: functions.settings }],
    };
    // JSON is YAML.
    writeFileSync(file('gateway.yaml'), JSON.stringify(config));
    gateway = await AppProcess.start('gateway', { GATEWAY_CONFIG: file('gateway.yaml') }, /"msg":"ready"/);
    websocket = /"websocket":"([^"]+)"/.exec(gateway.output)?.[1] ?? '';
    const { origin } = new URL(/"reversePush":"([^"]+)"/.exec(gateway.output)?.[1] ?? '');
    push = `${origin}/${API_ID}`;
  });
  afterEach(async () => {
    await gateway.stop();
    await functions.stop();
  });

  const trusted = (): RequestOptions => ({
    ca: pem('private.pem'),
    cert: pem('pusher.pem'),
    key: pem('pusher.key'),
    agent: false,
  });
  const post = async (body: object, options: RequestOptions, token = TOKEN): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent: ClientRequest = request(push, { ...options, method: 'POST', headers });
    sent.end(JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await text(response);
    return response.statusCode ?? 0;
  };
  const hello = (secConnectionID: string): object => ({
    websocket: { action: 'data send', secConnectionID, dataType: 'text', data: 'hello' },
  });

  it('takes clients over wss, and pushes from who has certificate, token and address', async () => {
    expect(websocket).toMatch(/^wss:/);
    const client = await Client.open(websocket, [], { ca: pem('public.pem') });
    const id = functions.events.register[0]?.websocket['secConnectionID'] ?? '';
    expect(await post(hello(id), trusted())).toBe(200);
    await client.hears('hello');
    expect(await post(hello(id), trusted(), 'another-token-of-more-than-32-characters')).toBe(401);
    await expect(post(hello(id), { ca: pem('private.pem'), agent: false })).rejects.toThrow();
    expect(gateway.output).not.toContain(TOKEN);
  });

  it('reads its certificates anew at SIGHUP, and keeps those it has when they are no good', async () => {
    const before = await Client.open(websocket, [], { ca: pem('public.pem') });
    certify(folder(), 'public', 'second');
    gateway.signal('SIGHUP');
    await gateway.says(/certificates read anew/);
    const socket = new WebSocket(websocket, { ca: pem('public.pem') });
    const [upgraded] = (await once(socket, 'upgrade')) as [IncomingMessage];
    const { socket: under } = upgraded;
    expect(under instanceof TLSSocket && under.getPeerCertificate().subject.CN).toBe('second');
    socket.terminate();

    writeFileSync(file('public.key'), 'no key');
    gateway.signal('SIGHUP');
    await gateway.says(/listen\.tls\.key: .*public\.key must hold a private key/);
    const after = await Client.open(websocket, [], { ca: pem('public.pem') });
    for (const client of [before, after]) client.say('still here');
    await eventually(() => functions.events.transfer.length === 2, 'both are heard');
  });
});
