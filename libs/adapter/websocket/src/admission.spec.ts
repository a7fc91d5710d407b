import { LedgerUnavailable } from '@sendback/domain/gateway';
import { MemoryClientAuthenticator } from '@sendback/domain/gateway/testing';
import { PublicListener } from './public-listener';
import { RealGateway, type RealGatewayOptions, until, upgradeRequest } from './testing/real-gateway';

jest.setTimeout(120_000);

let g: RealGateway;

async function started(options: RealGatewayOptions = {}): Promise<RealGateway> {
  g = await new RealGateway(options).start();
  return g;
}

afterEach(() => g.stop());

interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: unknown;
}

async function answerTo(request: string): Promise<RawAnswer> {
  const client = g.raw();
  client.write(request);
  const [head = '', body = ''] = (await client.all()).split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body: JSON.parse(body) };
}

async function admitted(path: string, headers: Record<string, string> = {}): Promise<void> {
  const client = g.raw();
  client.write(upgradeRequest(path, headers));
  await until(() => client.text.includes('\r\n\r\n'));
  expect(client.text).toMatch(/^HTTP\/1.1 101 /);
}

describe('each error of the gateway', () => {
  const authenticator = new MemoryClientAuthenticator(new Map([['ann', 'open sesame']]));
  const never = (): Promise<never> => new Promise(() => undefined);
  const withoutHeader = (name: string): string => upgradeRequest(undefined, { [name]: null });
  const withHeader = (name: string, value: string): string => upgradeRequest(undefined, { [name]: value });

  interface Case {
    readonly options?: RealGatewayOptions;
    readonly request?: string;
    readonly onRegister?: () => unknown;
    readonly prepare?: () => unknown;
    readonly status: number;
    readonly errNo?: number;
    readonly errMsg: string;
    readonly header?: string;
  }

  it.each<[string, Case]>([
    ['400 not HTTP', { request: 'hello\r\n\r\n', status: 400, errMsg: 'bad request' }],
    ['400 no Host', { request: withoutHeader('Host'), status: 400, errMsg: 'one Host header is required' }],
    [
      '400 two Hosts',
      { request: withHeader('Host', 'a\r\nHost: a'), status: 400, errMsg: 'one Host header is required' },
    ],
    [
      '400 a body',
      { request: withHeader('Content-Length', '5'), status: 400, errMsg: 'an upgrade has no body' },
    ],
    [
      '400 a chunked body',
      { request: withHeader('Transfer-Encoding', 'chunked'), status: 400, errMsg: 'an upgrade has no body' },
    ],
    [
      '400 a bad key',
      {
        request: withHeader('Sec-WebSocket-Key', 'short'),
        status: 400,
        errMsg: 'Sec-WebSocket-Key must be 16 bytes in base64',
      },
    ],
    [
      '400 a bad sub-protocol',
      {
        request: withHeader('Sec-WebSocket-Protocol', 'chat room'),
        status: 400,
        errMsg: 'Sec-WebSocket-Protocol must be a list of tokens',
      },
    ],
    [
      '401 nobody the API knows',
      {
        options: { api: { authenticator } },
        status: 401,
        errMsg: 'authorization is required',
        header: 'WWW-Authenticate: Password',
      },
    ],
    [
      '401 a stranger',
      {
        options: { api: { authenticator } },
        request: withHeader('Authorization', 'ann:x'),
        status: 401,
        errMsg: 'unknown client',
        header: 'WWW-Authenticate: Password',
      },
    ],
    [
      '401 known only by the first of two headers',
      {
        options: { api: { authenticator } },
        request: withHeader('Authorization', 'ann:open sesame\r\nAuthorization: x'),
        status: 401,
        errMsg: 'unknown client',
      },
    ],
    [
      '403 another origin',
      {
        options: { api: { allowedOrigins: ['https://example.com'] } },
        request: withHeader('Origin', 'https://evil.example'),
        status: 403,
        errNo: 203,
        errMsg: 'not for this origin',
      },
    ],
    [
      '403 no key',
      { request: withoutHeader('Sec-WebSocket-Key'), status: 403, errMsg: 'need header Sec-WebSocket-Key' },
    ],
    [
      '403 no version',
      {
        request: withoutHeader('Sec-WebSocket-Version'),
        status: 403,
        errMsg: 'need header Sec-WebSocket-Version',
      },
    ],
    [
      '403 refused by the function',
      { onRegister: () => ({ errNo: 7, errMsg: 'banned' }), status: 403, errNo: 7, errMsg: 'banned' },
    ],
    ['403 refused by false', { onRegister: () => false, status: 403, errNo: 203, errMsg: 'refused' }],
    ['404 no API', { request: upgradeRequest('/release/other'), status: 404, errMsg: 'no API matches' }],
    [
      '404 a path that cannot be decoded',
      { request: upgradeRequest('/release/websocket/%zz'), status: 404, errMsg: 'no API matches' },
    ],
    [
      '426 another method',
      {
        request: upgradeRequest().replace('GET', 'POST'),
        status: 426,
        errMsg: 'not a WebSocket upgrade',
        header: 'Upgrade: websocket',
      },
    ],
    [
      '426 another protocol',
      { request: withHeader('Upgrade', 'h2c'), status: 426, errMsg: 'not a WebSocket upgrade' },
    ],
    [
      '426 HTTP/1.0',
      { request: upgradeRequest().replace('1.1', '1.0'), status: 426, errMsg: 'not a WebSocket upgrade' },
    ],
    [
      '426 no upgrade',
      {
        request: 'GET /release/websocket HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
        status: 426,
        errMsg: 'not a WebSocket upgrade',
      },
    ],
    [
      '426 another version',
      {
        request: withHeader('Sec-WebSocket-Version', '8'),
        status: 426,
        errMsg: 'Sec-WebSocket-Version must be 13',
        header: 'Sec-WebSocket-Version: 13',
      },
    ],
    [
      '429 over the limit',
      { options: { limits: { maxConnections: 0 } }, status: 429, errMsg: 'too many connections' },
    ],
    [
      '431 too large headers',
      { request: withHeader('X', 'x'.repeat(20_000)), status: 431, errMsg: 'the headers are too large' },
    ],
    [
      '502 the function failed',
      {
        onRegister: () => Promise.reject(new Error('bug')),
        status: 502,
        errMsg: 'the registration function failed',
      },
    ],
    [
      '502 the function answered nonsense',
      { onRegister: () => ['?'], status: 502, errMsg: 'the registration function failed' },
    ],
    [
      '503 the ledger is not there',
      {
        prepare: () => jest.spyOn(g.ledger, 'add').mockRejectedValue(new LedgerUnavailable('down')),
        status: 503,
        errNo: 301,
        errMsg: 'storage unavailable',
      },
    ],
    [
      '503 the gateway stops',
      {
        prepare: () => g.gateway.drain({ windowMs: 0, graceMs: 0 }),
        status: 503,
        errMsg: 'the gateway is starting or stopping',
      },
    ],
    [
      '504 the function is too slow',
      {
        options: { functionTimeoutMs: 500 },
        onRegister: never,
        status: 504,
        errMsg: 'the registration function timed out',
      },
    ],
  ])('%s', async (_, { options, request, onRegister, prepare, status, errNo = status, errMsg, header }) => {
    const g = await started(options);
    if (onRegister) g.onRegister = onRegister;
    await prepare?.();
    const answer = await answerTo(request ?? upgradeRequest());
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: { errNo, errMsg } });
    expect(answer.head).toMatch(/\r\nContent-Type: application\/json/i);
    if (header) expect(answer.head.split('\r\n')).toContain(header);
    expect(g.registrations).toHaveLength(onRegister ? 1 : 0);
  });
});

describe('the registration event', () => {
  it('holds path parameters, and the path as it is configured', async () => {
    const g = await started({ api: { path: '/room/{id}/{name}' } });
    await admitted('/release/room/7/gr%C3%BC%C3%9Fe/deeper?x=1');
    expect(g.registrations[0]).toMatchObject({
      requestContext: { path: '/room/{id}/{name}', stage: 'release', identity: {} },
      pathParameters: { id: '7', name: 'grüße' },
      queryString: { x: '1' },
    });
  });

  it('holds who the client is, and all that it sent', async () => {
    const authenticator = new MemoryClientAuthenticator(new Map([['ann', 'open sesame']]));
    const g = await started({ api: { authenticator } });
    await admitted('/release/websocket', {
      Authorization: 'ann:open sesame',
      Cookie: 'a=1\r\nCookie: b=2',
      'X-Two': 'one\r\nx-two: two',
      __proto__x: 'y',
      constructor: 'c',
    });
    const [event] = g.registrations;
    expect(event?.requestContext.identity).toEqual({ secretId: 'ann' });
    expect(event?.headers).toMatchObject({
      authorization: 'ann:open sesame',
      cookie: 'a=1; b=2',
      'x-two': 'one, two',
      constructor: 'c',
    });
    expect(JSON.stringify(g.log)).not.toContain('open sesame');
  });

  it('holds headers and a query of any name', async () => {
    const g = await started();
    const client = g.raw();
    client.write(
      upgradeRequest('/release/websocket?__proto__=x&constructor=y').replace(
        '\r\n\r\n',
        '\r\n__proto__: a\r\n__proto__: b\r\n\r\n',
      ),
    );
    await until(() => client.text.includes('101 Switching'));
    expect(JSON.stringify(g.registrations[0]?.queryString)).toBe('{"__proto__":"x","constructor":"y"}');
    expect(JSON.stringify(g.registrations[0]?.headers)).toContain('"__proto__":"a, b"');
  });
});

describe('trustProxy', () => {
  const forwarded = { 'X-Forwarded-For': '6.6.6.6, 1.2.3.4' };

  it.each([
    ['nobody by default', undefined, '127.0.0.1'],
    ['the loopback where it is named', ['loopback'], '1.2.3.4'],
    ['not the loopback where others are named', ['10.0.0.0/8'], '127.0.0.1'],
  ])('trusts %s', async (_, trustProxy, sourceIp) => {
    const g = await started({ listener: trustProxy ? { trustProxy } : {} });
    await admitted('/release/websocket', forwarded);
    expect(g.registrations[0]?.requestContext.sourceIp).toBe(sourceIp);
  });

  it('gives the address by which limits go', async () => {
    const g = await started({ listener: { trustProxy: ['loopback'] } });
    const [live] = g.gateway.apis;
    const asked = live && jest.spyOn(live, 'hasRoomFor');
    await admitted('/release/websocket', forwarded);
    expect(asked).toHaveBeenCalledWith('1.2.3.4');
  });

  it('is refused at the start where it names nobody', async () => {
    const { gateway, log } = await started();
    const make = () =>
      new PublicListener({ gateway, log, host: '127.0.0.1', port: 0, trustProxy: ['proxy.internal'] });
    expect(make).toThrow('trustProxy: "proxy.internal" is no address or CIDR');
  });
});
