import { request, type RequestOptions } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { PublicListener, type PublicListenerOptions } from './public-listener';
import { PushListener, type PushListenerOptions } from './push-listener';
import { certificate } from './testing/certificate';
import { Client, RealGateway, until } from './testing/real-gateway';

jest.setTimeout(120_000);

const first = certificate('first');
const second = certificate('second');
const PATH = '/release/websocket';

let g: RealGateway;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  g = await new RealGateway().start();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await g.stop();
});

/** A TCP connection, or one over TLS, that is cut at the end. */
function opened<S extends Socket>(socket: S): S {
  closing.push(() => socket.destroy());
  return socket.on('error', () => undefined);
}

const closed = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => (socket.closed ? resolve(null) : socket.once('close', resolve)));

describe('the public listener over TLS', () => {
  let listener: PublicListener;
  let port: number;

  async function listen(options: Partial<PublicListenerOptions> = {}): Promise<void> {
    const shared = { gateway: g.gateway, log: g.log, host: '127.0.0.1', port: 0 };
    listener = new PublicListener({ ...shared, tls: first, ...options });
    ({ port } = await listener.start());
    closing.push(() => listener.close());
  }

  async function connect(ca: string, protocols: string[] = []): Promise<Client> {
    const ws = new WebSocket(`wss://127.0.0.1:${port}${PATH}`, protocols, { ca, perMessageDeflate: false });
    const client = new Client(ws);
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
    closing.push(() => ws.terminate());
    client.id = g.lastConnectionId;
    return client;
  }

  const push = (client: Client, data: string) =>
    g.push({ action: 'data send', secConnectionID: client.id, dataType: 'text', data });

  it('carries messages both ways, and knows where the client is', async () => {
    g.onRegister = () => ({ errNo: 0, websocket: { secWebSocketProtocol: 'chat' } });
    await listen();
    const ann = await connect(first.cert, ['chat']);
    expect(ann.ws.protocol).toBe('chat');
    expect(g.registrations[0]?.requestContext.sourceIp).toBe('127.0.0.1');
    ann.ws.send('hello');
    await until(() => g.handedOver.length === 1);
    const long = 'x'.repeat(1_000_000);
    await push(ann, long);
    await until(() => ann.received.length === 1);
    expect([g.handedOver, ann.received]).toEqual([['hello'], [long]]);
  });

  it('has another certificate for new clients once it is loaded, and keeps those there are', async () => {
    await listen();
    const ann = await connect(first.cert);
    listener.reloadTls(second);
    await expect(connect(first.cert)).rejects.toThrow('self-signed certificate');
    const bob = await connect(second.cert);
    for (const client of [ann, bob]) {
      await push(client, 'still here');
      await until(() => client.received.length === 1);
    }
  });

  it.each([
    ['a key of another certificate', { cert: second.cert, key: first.key }],
    ['what is no certificate', { cert: 'nonsense', key: second.key }],
    ['a sudden wish for certificates of clients', { ...second, clientCa: first.cert }],
  ])('keeps its certificate when it is given %s', async (_, credentials) => {
    await listen();
    expect(() => listener.reloadTls(credentials)).toThrow();
    await connect(first.cert);
  });

  it('is not made of what does not belong together', () => {
    const tls = { cert: second.cert, key: first.key };
    const options = { gateway: g.gateway, log: g.log, host: '127.0.0.1', port: 0, tls };
    expect(() => new PublicListener(options)).toThrow('key values mismatch');
  });

  it('speaks TLS 1.2 and later', async () => {
    await listen();
    const handshake = async (maxVersion: 'TLSv1.1' | 'TLSv1.2'): Promise<string | null> => {
      const options = {
        host: '127.0.0.1',
        port,
        ca: first.cert,
        minVersion: 'TLSv1',
        maxVersion,
        ciphers: 'ALL@SECLEVEL=0',
      } as const;
      const socket: TLSSocket = opened(connectTls(options));
      return new Promise((resolve) => {
        socket.once('secureConnect', () => resolve(socket.getProtocol())).once('close', () => resolve(null));
      });
    };
    expect([await handshake('TLSv1.1'), await handshake('TLSv1.2')]).toEqual([null, 'TLSv1.2']);
  });

  it('ends a connection on which plain HTTP is spoken, or nothing that makes sense', async () => {
    await listen();
    for (const said of [
      `GET ${PATH} HTTP/1.1\r\nHost: a\r\n\r\n`,
      '\x16\x03\x01\xff\xff',
      '\0'.repeat(500),
    ]) {
      const socket = opened(connectTcp(port, '127.0.0.1'));
      socket.resume().write(said);
      await closed(socket);
    }
    await connect(first.cert);
    expect(g.log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('ends 200 handshakes that do not get on, while others are let in', async () => {
    await listen({ headersTimeoutMs: 5_000 });
    const slow = Array.from({ length: 200 }, () => opened(connectTcp(port, '127.0.0.1')));
    for (const socket of slow) socket.resume().write('\x16\x03\x01');
    await connect(first.cert);
    await Promise.all(slow.map(closed));
    await connect(first.cert);
  });

  it('does not wait for handshakes when it is closed', async () => {
    await listen({ headersTimeoutMs: 60_000 });
    const slow = opened(connectTcp(port, '127.0.0.1'));
    await new Promise((resolve) => slow.resume().once('connect', resolve));
    await connect(first.cert);
    const begun = Date.now();
    await listener.close();
    await closed(slow);
    expect(Date.now() - begun).toBeLessThan(30_000);
  });
});

describe('the push listener', () => {
  const clients = certificate('clients');
  const TOKENS = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
  let port: number;

  async function listen(options: Partial<PushListenerOptions>): Promise<PushListener> {
    const routes: PushListenerOptions['routes'] = (app) =>
      app.get('/healthz', async () => ({ status: 'ok' }));
    const listener = new PushListener({ gateway: g.gateway, log: g.log, port: 0, routes, ...options });
    ({ port } = await listener.start());
    closing.push(() => listener.close());
    return listener;
  }

  const get = (path: string, options: RequestOptions): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.once('error', reject).end();
    });

  it('takes pushes over TLS, with another certificate once it is loaded', async () => {
    const listener = await listen({ tls: first });
    expect(await get(`/${g.api.id}`, { ca: first.cert })).toBe(200);
    listener.reloadTls(second);
    await expect(get(`/${g.api.id}`, { ca: first.cert })).rejects.toThrow('self-signed');
    expect(await get(`/${g.api.id}`, { ca: second.cert })).toBe(200);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'lets nobody in without a certificate of its clients’ CA, by %s',
    async (maxVersion) => {
      await listen({ tls: { ...first, clientCa: clients.cert } });
      const options = { ca: first.cert, maxVersion };
      for (const path of [`/${g.api.id}`, '/healthz']) {
        await expect(get(path, options)).rejects.toThrow();
        await expect(get(path, { ...options, ...second })).rejects.toThrow();
        expect(await get(path, { ...options, ...clients })).toBe(200);
      }
    },
  );

  it('forgets a CA of clients that is not loaded again', async () => {
    const listener = await listen({ tls: { ...first, clientCa: clients.cert } });
    listener.reloadTls({ ...first, clientCa: second.cert });
    await expect(get('/healthz', { ca: first.cert, ...clients })).rejects.toThrow();
    expect(await get('/healthz', { ca: first.cert, ...second })).toBe(200);
  });

  describe('with tokens', () => {
    const ask = async (path: string, authorization: string | null, method = 'GET') => {
      const headers = authorization === null ? {} : { authorization };
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
      return { response, body: await response.text() };
    };
    beforeEach(() => listen({ tokens: TOKENS }));

    it('lets in whoever has one of them', async () => {
      for (const [i, token] of TOKENS.entries()) {
        const scheme = ['Bearer', 'bearer'][i];
        expect((await ask(`/${g.api.id}`, `${scheme} ${token}`)).response.status).toBe(200);
      }
    });

    it.each([
      ['nothing', null],
      ['another one', `Bearer ${'0'.repeat(32)}`],
      ['a part of one', `Bearer ${TOKENS[0]?.slice(0, 31)}`],
      ['more than one', `Bearer ${TOKENS.join(' ')}`],
      ['no token', 'Bearer '],
      ['another scheme', `Basic ${TOKENS[0]}`],
    ])('answers 401 to whoever shows %s, wherever it asks', async (_, authorization) => {
      const paths = [
        `/${g.api.id}`,
        `/${g.api.id}/connections`,
        `/${g.api.id}/connections/a`,
        '/api-unknown',
      ];
      for (const path of paths) {
        const { response, body } = await ask(path, authorization);
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(body).toBe('{"errNo":203,"errMsg":"not permitted"}');
      }
      expect((await ask(`/${g.api.id}`, authorization, 'POST')).response.status).toBe(401);
    });

    it('leaves the app’s own routes open, and 404 for unknown addresses to those who have one', async () => {
      expect((await ask('/healthz', null)).response.status).toBe(200);
      expect((await ask('/api-unknown', `Bearer ${TOKENS[0]}`)).response.status).toBe(404);
    });
  });

  it('is not made with a token that can be guessed', () => {
    const options = { gateway: g.gateway, log: g.log, tokens: ['x'.repeat(31)] };
    expect(() => new PushListener(options)).toThrow('at least 32 characters');
  });
});
