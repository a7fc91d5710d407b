import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { KeyPairAuthenticator } from '@sendback/adapter/key-pair';
import { CryptoIdSource, SystemClock } from '@sendback/adapter/node';
import { PublicListener } from '@sendback/adapter/websocket';
import { type FunctionEvent, Gateway, type RegistrationEvent, UNLIMITED } from '@sendback/domain/gateway';
import {
  MemoryConnectionIds,
  MemoryFunctionInvoker,
  MemoryNodeForwarder,
  MemorySessionLedger,
} from '@sendback/domain/gateway/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';

const SECRET_ID = 'AKIDexample';
const SECRET_KEY = 'ZxF2wh00000000N2oPrC';
const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const httpDate = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1_000).toUTCString();

/** As anybody would do it by hand: nothing here knows the gateway's own implementation. */
function sign(algorithm: 'sha1' | 'sha256', text: string, key = SECRET_KEY): string {
  const script = `printf '%s' "$TEXT" | openssl dgst -${algorithm} -hmac "$KEY" -binary | base64`;
  const env = { PATH: process.env['PATH'], TEXT: text, KEY: key };
  return execFileSync('sh', ['-c', script], { env, encoding: 'utf8' }).trim();
}

interface Shown {
  readonly algorithm?: 'sha1' | 'sha256';
  readonly age?: number;
  readonly id?: string;
  readonly key?: string;
}

/** What a client sends besides the headers of every upgrade. */
function headersOf({ algorithm = 'sha1', age = 0, id = SECRET_ID, key }: Shown = {}): string[] {
  const date = httpDate(age);
  const signature = sign(algorithm, `x-date: ${date}\nsource: sendback`, key);
  return [
    `X-Date: ${date}`,
    'Source: sendback',
    `Authorization: hmac id="${id}", algorithm="hmac-${algorithm}", headers="x-date source", signature="${signature}"`,
  ];
}

describe('an API with key pairs', () => {
  let gateway: Gateway;
  let listener: PublicListener;
  let port: number;
  let registrations: FunctionEvent[];

  beforeEach(async () => {
    const clock = new SystemClock();
    const ids = new CryptoIdSource();
    const invoker = new MemoryFunctionInvoker(clock, () => ({ errNo: 0, errMsg: 'ok' }));
    const keys = [{ secretId: SECRET_ID, secretKey: SECRET_KEY }];
    const log = new MemoryLog();
    gateway = new Gateway({
      apis: [
        {
          id: 'api-0123456789abcdef0123456789abcdef',
          serviceName: 'chat',
          stage: 'release',
          path: '/websocket',
          authenticator: new KeyPairAuthenticator({ keys, now: () => NOW }),
          backendTimeoutSeconds: 600,
          integrationResponse: false,
          handOversAtOnce: 1,
          limits: { all: UNLIMITED, perAddress: UNLIMITED },
          functions: {
            register: { invoker, timeoutMs: 30_000 },
            transfer: { invoker, timeoutMs: 30_000 },
          },
        },
      ],
      ledger: new MemorySessionLedger(),
      clock,
      ids,
      log,
      parsePush: () => ({ connectionIds: [], messages: null }),
      nodes: { connectionIds: new MemoryConnectionIds(ids, 1), forwarder: new MemoryNodeForwarder() },
      tenureLost: () => undefined,
    });
    registrations = invoker.events;
    listener = new PublicListener({ gateway, log, host: '127.0.0.1', port: 0 });
    await gateway.start('node', 'http://node');
    port = (await listener.start()).port;
  });

  afterEach(async () => {
    await gateway.drain({ windowMs: 0, graceMs: 0 });
    await listener.close();
  });

  /** The answer to an upgrade request, over a socket of its own. */
  async function answerTo(
    headers: readonly string[],
  ): Promise<{ status: number; head: string; body: unknown }> {
    const socket = connect(port, '127.0.0.1');
    const lines = [
      'GET /release/websocket HTTP/1.1',
      'Host: example.com',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      ...headers,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.startsWith('HTTP/1.1 101') && text.includes('\r\n\r\n')) break;
    }
    socket.destroy();
    const [head = '', body = ''] = text.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, body: body.startsWith('{') ? JSON.parse(body) : null };
  }

  it.each(['sha1', 'sha256'] as const)('lets in who signs with openssl dgst -%s', async (algorithm) => {
    expect(await answerTo(headersOf({ algorithm }))).toMatchObject({ status: 101 });
    const [event] = registrations as RegistrationEvent[];
    expect(event?.requestContext.identity).toEqual({ secretId: SECRET_ID });
    expect(JSON.stringify(event)).not.toContain(SECRET_KEY);
  });

  it('lets in a signature that is 899 s old, again and again', async () => {
    const headers = headersOf({ age: 899 });
    expect(await answerTo(headers)).toMatchObject({ status: 101 });
    expect(await answerTo(headers)).toMatchObject({ status: 101 });
  });

  const UNVERIFIED = 'HMAC signature cannot be verified';
  const [date, source, authorization] = headersOf() as [string, string, string];

  it.each<[string, readonly string[], string]>([
    [
      'a replay older than 900 s',
      headersOf({ age: 901 }),
      `${UNVERIFIED}, the x-date header is out of date for HMAC Authentication`,
    ],
    [
      'a date more than 900 s ahead',
      headersOf({ age: -901 }),
      `${UNVERIFIED}, the x-date header is out of date for HMAC Authentication`,
    ],
    ['no Authorization', [date, source], `${UNVERIFIED}, a validate authorization header is required`],
    ['another scheme', [date, source, 'Authorization: Basic YTpi'], 'HMAC authorization format error'],
    ['two Authorizations', [date, source, authorization, authorization], 'HMAC authorization format error'],
    ['no id', [date, source, authorization.replace(/id="[^"]*", /, '')], 'HMAC id or signature missing'],
    [
      'no signature',
      [date, source, authorization.replace(/, signature=.*/, '')],
      'HMAC id or signature missing',
    ],
    [
      'no list of headers',
      [date, source, authorization.replace(/headers="[^"]*", /, '')],
      'HMAC authorization headers is invalidate',
    ],
    [
      'a signed header twice',
      [date, source, authorization.replace('x-date source', 'source x-date source')],
      'HMAC do not support multiple HTTP header',
    ],
    [
      'an unknown algorithm',
      [date, source, authorization.replace('hmac-sha1', 'hmac-md5')],
      'HMAC algorithm hmac-md5 not supported',
    ],
    [
      'a signed header that is not sent',
      [date, authorization],
      `${UNVERIFIED}, a valid source header is required`,
    ],
    [
      'no X-Date',
      [source, authorization],
      `${UNVERIFIED}, a valid x-date header is required for HMAC Authentication`,
    ],
    [
      'two X-Dates',
      [date, date, source, authorization],
      `${UNVERIFIED}, a valid x-date header is required for HMAC Authentication`,
    ],
    [
      'a date that is not signed',
      [date, source, authorization.replace('x-date source', 'source')],
      `${UNVERIFIED}, a valid date or x-date header is required`,
    ],
    ['an unknown id', headersOf({ id: 'AKIDother' }), UNVERIFIED],
    ['the wrong key', headersOf({ key: 'other' }), 'HMAC signature does not match'],
    ['a changed header', [date, 'Source: other', authorization], 'HMAC signature does not match'],
  ])('refuses with 401 and the documented reason: %s', async (_, headers, reason) => {
    const { status, head, body } = await answerTo(headers);
    expect({ status, body }).toEqual({ status: 401, body: { errNo: 401, errMsg: reason } });
    expect(head).toMatch(/^WWW-Authenticate: hmac\r?$/m);
    expect(registrations).toEqual([]);
  });
});
