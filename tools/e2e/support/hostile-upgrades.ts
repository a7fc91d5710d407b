import { createHmac } from 'node:crypto';
import {
  FAREWELL,
  type HostileCase,
  type HostileKind,
  type HostileScene,
  OF_EVERY_OBJECT,
  PRINTABLE,
  TOKEN,
} from './hostile-case';
import { farewell, upgradeRequest } from './hostile-frame';
import type { SeededRandom } from './hostile-random';

type Headers = Readonly<Record<string, string | null>>;

const PATH = '/release/websocket';
const LET_IN = `101 | ${FAREWELL}`;
const BAD = '400 400';
const NO_UPGRADE = '426 426';
/** All that an API without authentication answers to a client that ends halfway. */
const ANYTHING =
  /^((^|(?<=.) \| )(400 400|403 403|404 404|426 426|431 431|101 \| (message \| |pong \| )*(cut|close 10\d\d|close without code)))*$/;

function upgrade(name: string, request: string | Buffer, ...answers: string[]): HostileCase {
  return { ...halved(name, request, answers), frames: farewell, then: 'waits' };
}

/** Its client ends its half: it may be no complete request, or several. */
function halved(name: string, request: string | Buffer, answers: HostileCase['answers']): HostileCase {
  const bytes = typeof request === 'string' ? Buffer.from(request, 'latin1') : request;
  const shown = JSON.stringify(bytes.toString('latin1').slice(0, 160));
  return { name: `upgrade, ${name}: ${shown}`, listener: 'public', request: bytes, then: 'halves', answers };
}

function withHeaders(name: string, headers: Headers, ...answers: string[]): HostileCase {
  return upgrade(
    `${name} ${JSON.stringify(headers).slice(0, 120)}`,
    upgradeRequest(PATH, headers),
    ...answers,
  );
}

/** Lines that no object can hold: twice the same name, or no name at all. */
function withLines(name: string, lines: readonly string[], answer: string, path = PATH): HostileCase {
  const request = `${upgradeRequest(path).slice(0, -2)}${lines.join('\r\n')}\r\n\r\n`;
  return upgrade(`${name} ${JSON.stringify(lines).slice(0, 120)}`, request, answer);
}

const method: HostileKind = (random) => {
  const [verb, answer] = random.pick<readonly [string, string]>([
    ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'M-SEARCH'].map(
      (m) => [m, NO_UPGRADE] as const,
    ),
    ...['get', 'GETT', 'G ET', '', 'FOO', 'GET\t', '\0GET', 'X'.repeat(1_000)].map((m) => [m, BAD] as const),
    ['HEAD', NO_UPGRADE],
    ['CONNECT', ''],
  ]);
  return upgrade('method', upgradeRequest(PATH).replace('GET', verb), answer);
};

const version: HostileKind = (random) => {
  const http = random.pick(['1.0', '0.9', '2.0', '1.2', '1.10', '9.9', '1,1', '-1.1', '', '1.1 ', '1.1\0']);
  const socket = random.pick([
    `${random.int(13)}`,
    `13${random.text(TOKEN, 20)}x`,
    '013',
    '0xd',
    '1e1',
    '+13',
    '13.0',
    '',
  ]);
  return random.pick([
    upgrade(
      'HTTP',
      upgradeRequest(PATH).replace('HTTP/1.1', `HTTP/${http}`),
      ...(http === '1.0' ? [NO_UPGRADE] : [BAD, NO_UPGRADE]),
    ),
    withHeaders('version', { 'Sec-WebSocket-Version': socket }, NO_UPGRADE),
    withHeaders('version', { 'Sec-WebSocket-Version': null }, '403 403'),
    withLines('two versions', ['Sec-WebSocket-Version: 13'], NO_UPGRADE),
  ]);
};

const key: HostileKind = (random) =>
  random.pick([
    withHeaders('key', { 'Sec-WebSocket-Key': null }, '403 403'),
    withHeaders('key', { 'Sec-WebSocket-Key': '' }, BAD),
    withHeaders('key', { 'Sec-WebSocket-Key': `${random.text(TOKEN, 60)}=` }, BAD),
    withHeaders('key', { 'Sec-WebSocket-Key': random.bytes(15 - random.int(8)).toString('base64') }, BAD),
    withHeaders('key', { 'Sec-WebSocket-Key': random.bytes(17 + random.int(500)).toString('base64') }, BAD),
    withLines('two keys', [`Sec-WebSocket-Key: ${random.bytes(16).toString('base64')}`], BAD),
  ]);

const noUpgrade: HostileKind = (random) =>
  random.pick([
    withHeaders(
      'upgrade',
      { Upgrade: random.pick(['h2c', 'websocket, h2c', 'web socket', 'x']) },
      NO_UPGRADE,
    ),
    withHeaders('no upgrade', { Upgrade: null, Connection: 'close' }, NO_UPGRADE),
    withHeaders('connection', { Connection: 'close' }, NO_UPGRADE),
    withLines('two upgrades', ['Upgrade: websocket'], NO_UPGRADE),
  ]);

const smuggled: HostileKind = (random) => {
  const length = random.pick([
    '1',
    '5',
    '00',
    '99999999999',
    '4294967296',
    '-1',
    '+5',
    '0x5',
    '1e1',
    '5, 5',
    'x',
  ]);
  const encoding = random.pick([
    'chunked',
    'gzip, chunked',
    'xchunked',
    'identity',
    ' chunked',
    'chunked, identity',
  ]);
  return random.pick([
    withHeaders('length', { 'Content-Length': length }, BAD),
    withHeaders('encoding', { 'Transfer-Encoding': encoding }, BAD),
    withLines('lengths', ['Content-Length: 0', `Content-Length: ${random.int(9)}`], BAD),
    withLines('length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], BAD),
    withLines('encodings', ['Transfer-Encoding: chunked', 'Transfer-encoding: x'], BAD),
    withLines(
      'hidden encoding',
      [random.pick(['Transfer-Encoding : chunked', 'Transfer_Encoding\t: chunked'])],
      BAD,
    ),
    withHeaders('host', { Host: null }, BAD),
    withLines('two hosts', [`Host: ${random.pick(['example.com', 'evil.example', ''])}`], BAD),
    withHeaders('expect', { Expect: random.pick(['100-continue', 'x']) }, LET_IN),
  ]);
};

const brokenLine: HostileKind = (random) =>
  withLines(
    'line',
    [
      random.pick([
        ...[
          'no colon',
          ': no name',
          'X-Space : x',
          ' X-Fold: x',
          '\tfolded',
          'X-\0Nul: x',
          'X-Nul: a\0b',
          'X-Bare-Return: a\rb',
        ],
        `X(${random.text(PRINTABLE, 20)}): x`,
        `X-Control: ${String.fromCharCode(random.pick([1, 7, 8, 27, 127]))}`,
        `\xff${random.text('\x80\xfe', 9)}: x`,
      ]),
    ],
    BAD,
  );

const oddLine: HostileKind = (random) => {
  const name = random.pick([...OF_EVERY_OBJECT, 'X-Odd', 'Cookie']);
  const bits = (): string =>
    `${random.pick(['client', 'server'])}_max_window_bits=${random.pick(['7', '8', '15', '16', '-1', '"12"', '', '1e1'])}`;
  return random.pick([
    withLines(
      'odd',
      [`${name}: ${random.text(PRINTABLE, 99)}`, `${name}: ${random.text(PRINTABLE, 99)}`],
      LET_IN,
    ),
    withLines('high bytes', [`X-High: ${random.text('\x80\xa0\xc3\xff\xed', 400)}`], LET_IN),
    withLines('token', [`${random.text(TOKEN, 100)}x: y`], LET_IN),
    withLines('extensions', [`Sec-WebSocket-Extensions: ${random.text(PRINTABLE, 300)}`], LET_IN),
    withLines(
      'offer',
      [`Sec-WebSocket-Extensions: permessage-deflate; ${name}${random.pick(['', '=', '=1'])}`],
      LET_IN,
    ),
    withLines('bits', [`Sec-WebSocket-Extensions: permessage-deflate; ${bits()}; ${bits()}`], LET_IN),
    withLines(
      'authorization',
      [`Authorization: hmac ${random.text(`${PRINTABLE}""""====,,,,`, 900)}`],
      LET_IN,
    ),
    withLines('origin', [`Origin: ${random.text(PRINTABLE, 100)}`], LET_IN),
    withHeaders('host', { Host: random.text(PRINTABLE, 200) }, LET_IN),
  ]);
};

const tooMuch: HostileKind = (random) => {
  const tail = [`Host: twice`, `Upgrade: twice`][random.int(2)] ?? '';
  const junk = Array.from({ length: 1_100 + random.int(1_500) }, () => 'a:');
  return random.pick([
    withLines('huge value', [`X-Huge: ${'x'.repeat(17_000 + random.int(30_000))}`], '431 431'),
    withLines('huge name', [`${'x'.repeat(17_000 + random.int(30_000))}: x`], '431 431'),
    withLines(
      'very many',
      Array.from({ length: 4_000 + random.int(2_000) }, (_, n) => `x${n}: y`),
      '431 431',
    ),
    upgrade('huge path', upgradeRequest(`${PATH}/${'x'.repeat(17_000)}`), '431 431'),
    upgrade('huge query', upgradeRequest(`${PATH}?${'a=&'.repeat(6_000)}`), '431 431'),
    withLines(
      'many',
      Array.from({ length: 100 + random.int(900) }, (_, n) => `x${n}:`),
      LET_IN,
    ),
    withLines('hidden behind many', [...junk, tail], tail.startsWith('Host') ? BAD : NO_UPGRADE),
  ]);
};

const protocol: HostileKind = (random) =>
  random.pick([
    withHeaders(
      'protocol',
      { 'Sec-WebSocket-Protocol': random.pick(['', ',', 'a,', ',a', 'a,,b', 'a b', '"a"', 'a;b']) },
      BAD,
    ),
    withHeaders('protocol', { 'Sec-WebSocket-Protocol': `a${random.text('\x80\xff(){}@/', 40)}?` }, BAD),
    withHeaders('protocol', { 'Sec-WebSocket-Protocol': `${'a, '.repeat(random.int(4_000))}a` }, LET_IN),
    withLines('protocols', ['Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: a'], LET_IN),
  ]);

const path: HostileKind = (random) => {
  const under = [
    '/../../etc/passwd',
    '/./x',
    '//',
    '/%2e%2e/%2e%2e',
    '/%00',
    '/%F0%9F%98%80',
    '/;x=y',
    '?',
    '?a=%zz&&&=&=b',
    '?__proto__=x&__proto__=y',
  ];
  const beside = [
    's',
    '%00',
    '%2f',
    '%2F..',
    '\\',
    ';x',
    '#x',
    '/%',
    '/%z',
    '/%zz',
    '/%ff',
    '/%c0%ae',
    '/%ed%a0%80',
  ];
  const elsewhere = [
    '/',
    '//release/websocket',
    '/./release/websocket',
    '/release/../release/websocket',
    '/Release/websocket',
    '/release%2Fwebsocket',
    '/%2frelease/websocket',
    '/release//websocket',
    '/__proto__/x',
    '/release',
    '/prepub/websocket',
    '/release/signed/x',
    '/release/rooms',
    '/release/rooms/',
  ];
  const broken = [
    'release/websocket',
    '',
    '/release /websocket',
    `${PATH}\t`,
    `${PATH}\0`,
    `${PATH}/\x01`,
    '\\',
  ];
  const [target, answer] = random.pick<readonly [string, string]>([
    ...under.map((tail) => [PATH + tail, LET_IN] as const),
    ...[
      '/release/%77%65bsocket',
      '/release/rooms/%2F%2e%2e%00',
      '/release/rooms/__proto__',
      `${PATH}?${random.text(PRINTABLE.replace(' ', ''), 300)}`,
    ].map((p) => [p, LET_IN] as const),
    ...beside.map((tail) => [PATH + tail, '404 404'] as const),
    ...elsewhere.map((other) => [other, '404 404'] as const),
    ['http://example.com/release/websocket', '404 404'],
    [`/${random.text(`${TOKEN}/%`, 300)}`, '404 404'],
    ...broken.map((other) => [other, BAD] as const),
    [`${PATH}?refuse=1`, '403 7'],
  ]);
  return upgrade('path', upgradeRequest(target), answer);
};

const ADDRESSES = ['198.51.100.7', '2001:db8::1', '203.0.113.255'];
const NO_ADDRESSES = [
  'unknown',
  '1.2.3',
  '999.1.1.1',
  '_hidden',
  '"198.51.100.1"',
  '198.51.100.1:80',
  '[::1]',
  '127.0.0.1\t198.51.100.1',
  '0x7f.1',
  '1'.repeat(900),
];

/** The gateway is told to trust proxies on this machine. What it takes the client's address to be is told by the client. */
const forwardedFor: HostileKind = (random) => {
  const address = random.pick(ADDRESSES);
  const spoofed = Array.from({ length: random.int(5) }, () => random.pick([...ADDRESSES, ...NO_ADDRESSES]));
  const believed = random.int(2) === 0;
  const last = believed ? address : random.pick(NO_ADDRESSES);
  const lines = [...spoofed, last].map((entry) => `X-Forwarded-For: ${entry}`);
  const joined = [`X-Forwarded-For: ${[...spoofed, last].join(random.pick([',', ', ', ' , ']))}`];
  const many = [...lines.slice(0, -1), ...Array.from({ length: 1_100 }, () => 'a:'), ...lines.slice(-1)];
  const expected = `X-Expected-Address: ${believed ? address : '127.0.0.1'}`;
  return withLines('forwarded', [expected, ...random.pick([lines, joined, many])], LET_IN);
};

const origin: HostileKind = (random) => {
  const refused = [
    'https://evil.example',
    'null',
    'https://shop.example.evil.example',
    'http://shop.example',
    'https://shop.example:444',
    'https://shop.example/',
    'https://shop.example, https://evil.example',
    '*',
    '',
    random.text(PRINTABLE.replace(' ', ''), 80),
  ];
  return random.pick([
    withLines('origin', [`Origin: ${random.pick(refused)}`], '403 203', '/release/shop'),
    withLines(
      'two origins',
      ['Origin: https://shop.example', `Origin: ${random.pick(refused)}`],
      '403 203',
      '/release/shop',
    ),
    withLines(
      'hidden origin',
      [...Array.from({ length: 1_100 }, () => 'a:'), 'Origin: https://evil.example'],
      '403 203',
      '/release/shop',
    ),
    withLines(
      'origin',
      [`Origin: ${random.pick(['https://shop.example', 'HTTPS://SHOP.example'])}`],
      LET_IN,
      '/release/shop',
    ),
  ]);
};

const UNAUTHORIZED = '401 401';

interface Signing {
  readonly id: string;
  readonly key: string;
  readonly algorithm?: string;
  readonly date?: string;
  readonly headers?: string;
}

function signed({
  id,
  key: secret,
  algorithm = 'hmac-sha256',
  date = new Date().toUTCString(),
  headers = 'x-date',
}: Signing): readonly string[] {
  const signature = createHmac(algorithm.endsWith('256') ? 'sha256' : 'sha1', secret)
    .update(`x-date: ${date}`)
    .digest('base64');
  return [
    `X-Date: ${date}`,
    `Authorization: hmac id="${id}", algorithm="${algorithm}", headers="${headers}", signature="${signature}"`,
  ];
}

const keyPair: HostileKind = (random, { keyPair: { secretId: id, secretKey: right } }: HostileScene) => {
  const ask = (name: string, lines: readonly string[], answer = UNAUTHORIZED): HostileCase =>
    withLines(name, lines, answer, '/release/signed');
  const [date = '', good = ''] = signed({ id, key: right });
  const other = random.pick([...OF_EVERY_OBJECT, id.toUpperCase(), `${id} `, '', 'x'.repeat(101), '*']);
  const skewed = new Date(Date.now() + random.pick([-1, 1]) * (960_000 + random.int(2 ** 31))).toUTCString();
  return random.pick([
    ask('key pair', [date, good], LET_IN),
    ask('no key pair', []),
    ask('noise', [
      date,
      `Authorization: ${random.pick(['hmac ', '', 'Basic ', 'Bearer '])}${random.text(`${PRINTABLE}""""====,,,,`, 4_500)}`,
    ]),
    ask('other id', signed({ id: random.pick([`${id}x`, ...OF_EVERY_OBJECT]), key: right })),
    ask('odd id', signed({ id: other.trim() === id ? 'x' : other, key: right })),
    ask('wrong key', signed({ id, key: `${right}x` })),
    ask(
      'algorithm',
      signed({
        id,
        key: right,
        algorithm: random.pick(['hmac-md5', 'none', '', 'hmac-sha512', ...OF_EVERY_OBJECT]),
      }),
    ),
    ask(
      'headers',
      signed({
        id,
        key: right,
        headers: random.pick([
          '',
          'host',
          'x-date x-date',
          'constructor',
          '__proto__ x-date',
          'x-date '.repeat(40),
          'x-date absent',
          'x-date\thost',
        ]),
      }),
    ),
    ask(
      'date',
      signed({
        id,
        key: right,
        date: random.pick([skewed, '', '0', 'now', new Date().toISOString(), 'x'.repeat(500)]),
      }),
    ),
    ask('two dates', [date, date, good]),
    ask('two authorizations', [date, good, good]),
    ask('changed', [
      date,
      good.replace(/(.)"$/, (_, last: string) => `${last === 'A' ? 'B' : 'A'}"`).replace('=A"', 'A="'),
    ]),
    ask('repeated', [date, `${good}, id="${random.pick(OF_EVERY_OBJECT)}"`]),
    ask('spaces', [date, `Authorization: hmac${' ,'.repeat(2_000)}id`]),
  ]);
};

const halfway: HostileKind = (random) => {
  const whole = Buffer.from(upgradeRequest(PATH));
  const plain = (): string =>
    `${random.pick(['GET', 'POST', 'OPTIONS'])} ${random.pick([PATH, '/release/other', '/'])} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;
  const ending = random.pick(['\n', '\r', '\r\r\n', '\n\r', '\r\n\r']);
  const last = random.pick(['', upgradeRequest(PATH), 'garbage\r\n\r\n']);
  const cut = whole.subarray(0, random.int(whole.length - 1));
  const pipelined = Array.from({ length: 1 + random.int(8) }, plain).join('') + last;
  return random.pick([
    halved('the beginning', cut, ['', BAD]),
    halved('line ends', upgradeRequest(PATH).replaceAll('\r\n', ending), ANYTHING),
    halved('pipelined', pipelined, ANYTHING),
  ]);
};

/** What follows an upgrade are frames, whatever it looks like. */
const followed: HostileKind = (random) => {
  const next = random.pick([
    // A reserved bit that nobody agreed on: no message comes of it.
    Buffer.concat([Buffer.from([0xff]), random.bytes(random.int(2_000))]),
    Buffer.from(upgradeRequest(PATH)),
    Buffer.from('GET /release/other HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1 + random.int(20))),
    Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.alloc(1 + random.int(100_000)),
  ]);
  const bytes = Buffer.concat([Buffer.from(upgradeRequest(PATH)), next]);
  const name = `followed by ${next.subarray(0, 20).toString('hex')},`;
  return { ...halved(name, bytes, ['101 | close 1002', '101 | close 1009']), then: 'waits' };
};

const mutated: HostileKind = (random) => {
  let bytes: Buffer = Buffer.from(upgradeRequest(`${PATH}?a=b`, { 'Sec-WebSocket-Protocol': 'chat' }));
  for (let change = 0; change <= random.int(6); change++) bytes = mutate(random, bytes);
  return halved('mutated', bytes, ANYTHING);
};

function mutate(random: SeededRandom, bytes: Buffer): Buffer {
  const at = random.int(bytes.length);
  const [left, right] = [bytes.subarray(0, at), bytes.subarray(at)];
  return random.pick([
    Buffer.concat([left, random.bytes(1), right.subarray(1)]),
    Buffer.concat([left, random.bytes(random.int(9)), right]),
    Buffer.concat([left, right.subarray(random.int(9))]),
    Buffer.concat([left, right.subarray(0, 40), right]),
    Buffer.concat([left, Buffer.from(random.pick(['\r\n', '\0', ' ', ':', '%', '?'])), right]),
  ]);
}

const noHttp: HostileKind = (random) => {
  const bytes = random.pick([
    random.bytes(1 + random.int(3_000)),
    Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), random.bytes(517)]),
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
    Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    Buffer.from('\r\n'.repeat(random.int(2_000))),
  ]);
  return halved('no HTTP', bytes, ['', BAD, '431 431']);
};

export const HOSTILE_UPGRADES: readonly HostileKind[] = [
  method,
  version,
  key,
  noUpgrade,
  smuggled,
  brokenLine,
  oddLine,
  tooMuch,
  protocol,
  path,
  path,
  forwardedFor,
  origin,
  keyPair,
  keyPair,
  halfway,
  followed,
  mutated,
  noHttp,
];
