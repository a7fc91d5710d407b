import { CloseCode } from './close-code';
import { FunctionFailed, FunctionTimedOut } from './function-invoker.port';
import { MemorySessionLedger } from './session-ledger.memory';
import { LedgerUnavailable } from './session-ledger.port';
import { MemoryClientAuthenticator } from './client-authenticator.memory';
import { GatewayHarness, textsOf } from './testing/gateway-harness';

describe('admitting a client', () => {
  let g: GatewayHarness;

  beforeEach(async () => {
    g = await new GatewayHarness().started();
  });

  it('tells the registration function what contract §1 says', async () => {
    await g.connect({
      headers: { host: 'example.com' },
      queryString: { name: 'ann' },
      secWebSocketProtocol: 'chat,binary',
      secWebSocketExtensions: 'permessage-deflate',
    });
    expect(g.registrations).toEqual([
      {
        requestContext: {
          serviceName: 'chat',
          path: '/websocket',
          httpMethod: 'GET',
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          identity: {},
          sourceIp: '10.0.2.14',
          stage: 'release',
          websocketEnable: true,
        },
        headers: { host: 'example.com' },
        queryString: { name: 'ann' },
        pathParameters: {},
        websocket: {
          action: 'connecting',
          secConnectionID: expect.stringMatching(/^[0-9a-f]{44}$/) as string,
          secWebSocketProtocol: 'chat,binary',
          secWebSocketExtensions: 'permessage-deflate',
        },
      },
    ]);
  });

  it('leaves protocol and extensions out of the event when the client sent none', async () => {
    const { id } = await g.connect();
    expect(g.registrations[0]?.websocket).toEqual({ action: 'connecting', secConnectionID: id });
  });

  it.each([
    ['an object', { errNo: 0, errMsg: 'ok', websocket: { action: 'connecting' } }],
    ['a JSON string holding it', JSON.stringify({ errNo: 0, errMsg: 'ok' })],
    ['extra keys', { errNo: 0, errMsg: 'ok', websocket: { secWebSocketExtensions: 7 }, more: [1] }],
    ['no websocket at all', { errNo: 0 }],
    ['a protocol that is no string', { errNo: 0, websocket: { secWebSocketProtocol: null } }],
  ])('accepts on an answer of %s', async (_, answer) => {
    g.onRegister = () => answer;
    expect(await g.admit()).toMatchObject({ outcome: 'admitted', protocol: null });
  });

  it.each([
    ['the only one', 'chat', 'chat', 'chat'],
    ['the first of the list that the client offered', 'soap, chat,binary', 'binary,  chat', 'chat'],
    ['none when the client offered others', 'soap', 'chat', null],
    ['none when the client offered nothing', 'chat', undefined, null],
    ['none when the function names none', '', 'chat', null],
  ])('chooses as sub-protocol %s', async (_, named, offered, expected) => {
    g.onRegister = () => ({ errNo: 0, websocket: { secWebSocketProtocol: named } });
    const admission = await g.admit(offered === undefined ? {} : { secWebSocketProtocol: offered });
    expect(admission).toMatchObject({ outcome: 'admitted', protocol: expected });
  });

  it.each([
    ['errNo and errMsg', { errNo: 7, errMsg: 'banned' }, 7, 'banned'],
    ['a JSON string', '{"errNo":-1,"errMsg":"no"}', -1, 'no'],
    ['errNo alone', { errNo: 101 }, 101, 'refused'],
    ['false', false, 203, 'refused'],
    ['false as JSON', 'false', 203, 'refused'],
  ])('refuses on %s, without cleanup, and forgets the client', async (_, answer, errNo, errMsg) => {
    g.onRegister = () => answer;
    expect(await g.admit()).toEqual({ outcome: 'refused', errNo, errMsg });
    await g.settle();
    expect(g.cleanups).toEqual([]);
    expect(g.live.sessions.size).toBe(0);
    expect(await g.leftInLedger()).toEqual([]);
  });

  it.each([
    ['nothing', null],
    ['true', true],
    ['a number', 0],
    ['a list', [{ errNo: 0 }]],
    ['text', 'welcome'],
    ['an object without errNo', { websocket: {} }],
    ['an errNo that is no number', { errNo: '0' }],
  ])('fails on an answer of %s, and calls cleanup', async (_, answer) => {
    g.onRegister = () => answer;
    await expect(g.admit()).rejects.toBeInstanceOf(FunctionFailed);
    await g.settle();
    expect(g.cleanups.map(({ websocket }) => websocket)).toEqual([
      expect.objectContaining({ closeCode: '1006', closeReason: 'registration failed' }),
    ]);
    expect(await g.leftInLedger()).toEqual([]);
  });

  it('fails when the function throws, and calls cleanup', async () => {
    g.onRegister = () => {
      throw new Error('boom');
    };
    await expect(g.admit()).rejects.toBeInstanceOf(FunctionFailed);
    await g.settle();
    expect(g.cleanups).toHaveLength(1);
  });

  it('fails when the function does not answer in time, and calls cleanup', async () => {
    g.onRegister = () => new Promise(() => undefined);
    const failed = expect(g.admit()).rejects.toBeInstanceOf(FunctionTimedOut);
    await g.settle();
    await g.clock.advance(2_999);
    expect(g.cleanups).toEqual([]);
    await g.clock.advance(1);
    await failed;
    await g.settle();
    expect(g.cleanups).toHaveLength(1);
  });

  it('accepts everybody where there is no registration function', async () => {
    const { transfer } = g.api().functions;
    const open = await new GatewayHarness({ api: { functions: { transfer } } }).started();
    expect(await open.admit({ secWebSocketProtocol: 'chat' })).toMatchObject({
      outcome: 'admitted',
      protocol: null,
    });
  });

  it('writes the ledger before it calls the function', async () => {
    let left: readonly string[] = [];
    g.onRegister = async () => {
      left = await g.leftInLedger();
      return { errNo: 0 };
    };
    await g.admit();
    expect(left).toEqual([g.registrations[0]?.websocket.secConnectionID]);
  });

  it('calls no function when the ledger is unavailable, and forgets the client', async () => {
    jest.spyOn(g.ledger, 'add').mockRejectedValueOnce(new LedgerUnavailable('down'));
    await expect(g.admit()).rejects.toBeInstanceOf(LedgerUnavailable);
    await g.settle();
    expect(g.registrations).toEqual([]);
    expect(g.cleanups).toEqual([]);
    expect(g.live.sessions.size).toBe(0);
  });

  it('calls cleanup for an admitted client whose upgrade did not come about', async () => {
    const admission = await g.admit();
    if (admission.outcome === 'admitted') admission.session.closed(CloseCode.dropped, '');
    await g.settle();
    expect(g.cleanups.map(({ websocket }) => websocket.closeCode)).toEqual(['1006']);
    expect(await g.leftInLedger()).toEqual([]);
  });

  it('keeps what is pushed while the client is connecting, and gives it first', async () => {
    let pushed: unknown;
    g.onRegister = async ({ websocket }) => {
      pushed = await g.push([websocket.secConnectionID], 'a', 'b');
      return { errNo: 0 };
    };
    const admission = await g.admit();
    const { socket, id } = g.upgrade(admission);
    await g.push([id], 'c');
    expect(pushed).toEqual({ gone: [], slow: [] });
    expect(textsOf(socket)).toEqual(['a', 'b', 'c']);
  });

  it('bounds what it keeps for a connecting client, which is closed after the upgrade', async () => {
    g = await new GatewayHarness({ limits: { outboxBytes: 10 } }).started();
    const admission = await g.admit();
    const id = admission.outcome === 'admitted' ? admission.session.connectionId : '';
    await g.push([id], '123456');
    expect(await g.push([id], '78901')).toEqual({ gone: [], slow: [id] });
    const { socket } = g.upgrade(admission);
    expect(textsOf(socket)).toEqual(['123456']);
    expect(socket.closeFrame?.code).toBe(CloseCode.tooSlow);
  });

  it('closes a client after its upgrade that was closed by push before', async () => {
    const admission = await g.admit();
    const id = admission.outcome === 'admitted' ? admission.session.connectionId : '';
    expect(await g.close(id)).toEqual([]);
    expect(await g.push([id], 'late')).toEqual({ gone: [id], slow: [] });
    const { socket } = g.upgrade(admission);
    expect(socket.closeFrame?.code).toBe(1000);
    await g.settle();
    expect(g.cleanups).toHaveLength(1);
  });

  it('refuses beyond the limit of connections, until one has ended and its cleanup was answered', async () => {
    g = await new GatewayHarness({ limits: { maxConnections: 2 } }).started();
    const { socket } = await g.connect();
    await g.connect();
    expect(await g.admit()).toEqual({ outcome: 'full' });
    socket.vanishes();
    expect(await g.admit()).toEqual({ outcome: 'full' });
    await g.settle();
    expect(await g.admit()).toMatchObject({ outcome: 'admitted' });
  });

  it('admits nobody before the start', async () => {
    expect(await new GatewayHarness().admit()).toEqual({ outcome: 'unavailable' });
  });

  it('gives connection ids that differ and are 44 hexadecimal characters', async () => {
    const ids = [(await g.connect()).id, (await g.connect()).id];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{44}$/);
  });

  it('turns away a client whose entry in the ledger came too late for the stop, unheard', async () => {
    const ledger = new MemorySessionLedger();
    g = await new GatewayHarness({ ledger }).started();
    const add = ledger.add.bind(ledger);
    let draining: Promise<void> | undefined;
    jest.spyOn(ledger, 'add').mockImplementation(async (tenure, session) => {
      draining = g.gateway.drain({ windowMs: 0, graceMs: 1_000 });
      await add(tenure, session);
    });
    expect(await g.admit()).toEqual({ outcome: 'unavailable' });
    await draining;
    expect(g.registrations).toEqual([]);
    expect(await g.leftInLedger()).toEqual([]);
  });
});

describe('an API with an authenticator', () => {
  const authenticator = new MemoryClientAuthenticator(new Map([['ann', 'open sesame']]));
  const ann = { headers: { authorization: 'ann:open sesame' } };
  let g: GatewayHarness;

  beforeEach(async () => {
    g = await new GatewayHarness({ api: { authenticator }, limits: { maxConnections: 1 } }).started();
  });

  it('tells the registration function who comes, and with what', async () => {
    await g.connect(ann);
    expect(g.registrations[0]?.requestContext.identity).toEqual({ secretId: 'ann' });
    expect(g.registrations[0]?.headers).toEqual(ann.headers);
  });

  it.each([
    ['nobody', {}, 'authorization is required'],
    ['a stranger', { authorization: 'eve:hello' }, 'unknown client'],
  ])('does not let in %s, and calls no function', async (_, headers, reason) => {
    expect(await g.admit({ headers })).toEqual({ outcome: 'unauthorized', reason, challenge: 'Password' });
    await g.settle();
    expect([g.registrations, g.cleanups, await g.leftInLedger()]).toEqual([[], [], []]);
    expect(g.live.traffic.connects).toMatchObject({ unauthorized: 1, admitted: 0 });
  });

  it('tells a stranger nothing of limits', async () => {
    await g.connect(ann);
    expect(await g.admit(ann)).toEqual({ outcome: 'full' });
    expect(await g.admit()).toMatchObject({ outcome: 'unauthorized' });
  });
});

describe('an API for some origins', () => {
  const allowedOrigins = ['https://Example.com', 'http://localhost:3000'];
  const started = (origins: readonly string[]): Promise<GatewayHarness> =>
    new GatewayHarness({ api: { allowedOrigins: origins } }).started();

  it.each(['https://example.com', 'HTTPS://EXAMPLE.COM', 'http://localhost:3000'])(
    'lets in %s',
    async (origin) => {
      const g = await started(allowedOrigins);
      expect(await g.admit({ headers: { origin } })).toMatchObject({ outcome: 'admitted' });
    },
  );

  it.each([
    'http://example.com',
    'https://example.com:8443',
    'https://www.example.com',
    'https://example.com.evil.org',
    'https://example.com/',
    'http://localhost',
    'https://example.com, https://example.com',
    'null',
    '',
  ])('does not let in %j, and calls no function', async (origin) => {
    const g = await started(allowedOrigins);
    expect(await g.admit({ headers: { origin } })).toEqual({ outcome: 'forbidden' });
    expect(g.registrations).toEqual([]);
    expect(g.live.traffic.connects).toMatchObject({ forbidden: 1 });
  });

  it('lets in who is no browser', async () => {
    const g = await started(allowedOrigins);
    expect(await g.admit()).toMatchObject({ outcome: 'admitted' });
  });

  it('lets in pages without an origin of their own where that is said', async () => {
    const g = await started(['null']);
    expect(await g.admit({ headers: { origin: 'null' } })).toMatchObject({ outcome: 'admitted' });
  });

  it('asks for the origin before it asks who comes', async () => {
    const authenticator = new MemoryClientAuthenticator(new Map());
    const g = await new GatewayHarness({ api: { allowedOrigins, authenticator } }).started();
    expect(await g.admit({ headers: { origin: 'null' } })).toEqual({ outcome: 'forbidden' });
  });
});
