import { SeededRandom } from './seeded-random';
import { upgradeRequest } from './real-gateway';

export interface HostileRequest {
  /** What it is; together with seed and place enough to make it again. */
  readonly name: string;
  readonly bytes: Buffer;
  /** With which of these it may be answered; 0: the connection is closed without an answer. */
  readonly statuses: readonly number[];
  /** Whether the client ends its half after it: it may be no complete request, or leave the connection open. */
  readonly ends: boolean;
}

type Headers = Record<string, string | null>;
type Kind = (random: SeededRandom) => HostileRequest;

/** All that an API without authentication answers to a client that ends halfway. */
const ANYTHING = [0, 101, 400, 403, 404, 426, 431];
const PRINTABLE = Array.from({ length: 95 }, (_, code) => String.fromCharCode(code + 32)).join('');
const TOKEN = "abcXYZ019!#$%&'*+-.^_`|~";
const PATH = '/release/websocket';

/**
 * Upgrade requests that nobody should send, to the API `/release/websocket` without authentication and with a registration
 * function that accepts. The same seed gives the same ones.
 */
export function* hostileUpgrades(seed: number, count: number): Generator<HostileRequest> {
  const random = new SeededRandom(seed);
  for (let place = 0; place < count; place++) yield random.pick(KINDS)(random);
}

function request(name: string, text: string, statuses: readonly number[], ends = false): HostileRequest {
  return { name, bytes: Buffer.from(text, 'latin1'), statuses, ends };
}

function withHeaders(name: string, headers: Headers, ...statuses: number[]): HostileRequest {
  return request(`${name} ${JSON.stringify(headers).slice(0, 200)}`, upgradeRequest(PATH, headers), statuses);
}

/** Lines that no object can hold: twice the same name, or no name at all. */
function withLines(name: string, lines: readonly string[], ...statuses: number[]): HostileRequest {
  const text = `${upgradeRequest(PATH).slice(0, -2)}${lines.join('\r\n')}\r\n\r\n`;
  return request(`${name} ${JSON.stringify(lines).slice(0, 200)}`, text, statuses);
}

const method: Kind = (random) => {
  const [verb, status] = random.pick<readonly [string, number]>([
    ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'M-SEARCH'].map(
      (m) => [m, 426] as const,
    ),
    ...['get', 'GETT', 'G ET', '', 'FOO', 'GET\t', '\0GET', 'X'.repeat(1_000)].map((m) => [m, 400] as const),
    ['CONNECT', 0],
  ]);
  return request(`method ${verb}`, upgradeRequest(PATH).replace('GET', verb), [status]);
};

const httpVersion: Kind = (random) => {
  const version = random.pick([
    '1.0',
    '0.9',
    '2.0',
    '1.2',
    '1.10',
    '9.9',
    '1,1',
    '-1.1',
    '',
    '1.1 ',
    '1.1\0',
  ]);
  const text = upgradeRequest(PATH).replace('HTTP/1.1', `HTTP/${version}`);
  return request(`HTTP/${version}`, text, version === '1.0' ? [426] : [400, 426]);
};

const key: Kind = (random) =>
  random.pick([
    withHeaders('key', { 'Sec-WebSocket-Key': null }, 403),
    withHeaders('key', { 'Sec-WebSocket-Key': '' }, 400),
    withHeaders('key', { 'Sec-WebSocket-Key': `${random.text(TOKEN, 60)}=` }, 400),
    withHeaders('key', { 'Sec-WebSocket-Key': random.bytes(15 - random.int(8)).toString('base64') }, 400),
    withHeaders('key', { 'Sec-WebSocket-Key': random.bytes(17 + random.int(500)).toString('base64') }, 400),
    withLines('two keys', [`Sec-WebSocket-Key: ${random.bytes(16).toString('base64')}`], 400),
  ]);

const socketVersion: Kind = (random) =>
  random.pick([
    withHeaders('version', { 'Sec-WebSocket-Version': null }, 403),
    withHeaders('version', { 'Sec-WebSocket-Version': `${random.int(13)}` }, 426),
    withHeaders('version', { 'Sec-WebSocket-Version': `13${random.text(TOKEN, 20)}x` }, 426),
    withHeaders(
      'version',
      { 'Sec-WebSocket-Version': random.pick(['013', '0xd', '1e1', '+13', '13.0']) },
      426,
    ),
    withLines('two versions', ['Sec-WebSocket-Version: 13'], 426),
  ]);

const upgrade: Kind = (random) =>
  random.pick([
    withHeaders('upgrade', { Upgrade: random.pick(['h2c', 'websocket, h2c', 'web socket', 'x']) }, 426),
    withHeaders('no upgrade', { Upgrade: null, Connection: 'close' }, 426),
    withHeaders('connection', { Connection: 'close' }, 426),
    withLines('two upgrades', ['Upgrade: websocket'], 426),
  ]);

const host: Kind = (random) =>
  random.pick([
    withHeaders('host', { Host: null }, 400),
    withLines('two hosts', [`Host: ${random.pick(['example.com', 'evil.example', ''])}`], 400),
    withHeaders('host', { Host: random.text(PRINTABLE, 200) }, 101),
  ]);

const body: Kind = (random) => {
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
  return random.pick([
    withHeaders('length', { 'Content-Length': length }, 400),
    withLines('lengths', ['Content-Length: 0', `Content-Length: ${random.int(9)}`], 400),
    withLines('length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], 400),
    withHeaders(
      'encoding',
      { 'Transfer-Encoding': random.pick(['chunked', 'gzip, chunked', 'xchunked']) },
      400,
    ),
    withHeaders(
      'encoding',
      { 'Transfer-Encoding': random.pick(['identity', ' chunked', 'chunked, identity']) },
      400,
    ),
    withLines('encodings', ['Transfer-Encoding: chunked', 'Transfer-encoding: x'], 400),
    withLines(
      'hidden encoding',
      [random.pick(['Transfer-Encoding : chunked', 'Transfer_Encoding\t: chunked'])],
      400,
    ),
    withHeaders('expect', { Expect: random.pick(['100-continue', 'x']) }, 101),
  ]);
};

const brokenHeader: Kind = (random) =>
  withLines(
    'header line',
    [
      random.pick([
        'no colon',
        ': no name',
        'X-Space : x',
        ' X-Fold: x',
        '\tfolded',
        'X-\0Nul: x',
        'X-Nul: a\0b',
        'X-Bare-Return: a\rb',
        `X(${random.text(PRINTABLE, 20)}): x`,
        `X-Control: ${String.fromCharCode(random.pick([1, 7, 8, 27, 127]))}`,
        `\xff${random.text('\x80\xfe', 9)}: x`,
      ]),
    ],
    400,
  );

const bits = (random: SeededRandom): string =>
  `${random.pick(['client', 'server'])}_max_window_bits=${random.pick(['7', '8', '15', '16', '-1', '"12"', '', '1e1'])}`;

const oddHeader: Kind = (random) => {
  const name = random.pick([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'X-Odd',
    'Cookie',
  ]);
  return random.pick([
    withLines(
      'odd headers',
      [`${name}: ${random.text(PRINTABLE, 99)}`, `${name}: ${random.text(PRINTABLE, 99)}`],
      101,
    ),
    withLines('high bytes', [`X-High: ${random.text('\x80\xa0\xc3\xff\xed', 400)}`], 101),
    withLines('token name', [`${random.text(TOKEN, 100)}x: y`], 101),
    withLines('extensions', [`Sec-WebSocket-Extensions: ${random.text(PRINTABLE, 300)}`], 101),
    withLines(
      'offer',
      [`Sec-WebSocket-Extensions: permessage-deflate; ${name}${random.pick(['', '=', '=1'])}`],
      101,
    ),
    withLines(
      'bits',
      [`Sec-WebSocket-Extensions: permessage-deflate; ${bits(random)}; ${bits(random)}`],
      101,
    ),
    withLines('origin', [`Origin: ${random.text(PRINTABLE, 100)}`], 101),
    withLines('authorization', [`Authorization: hmac ${random.text(`${PRINTABLE}""""====,,,,`, 900)}`], 101),
    withLines('forwarded', [`X-Forwarded-For: ${random.text('0123456789abcdef:., ', 900)}`], 101),
    withLines(
      'many',
      Array.from({ length: 100 + random.int(900) }, (_, n) => `x${n}:`),
      101,
    ),
  ]);
};

const tooLarge: Kind = (random) =>
  random.pick([
    withLines('huge value', [`X-Huge: ${'x'.repeat(17_000 + random.int(50_000))}`], 431),
    withLines('huge name', [`${'x'.repeat(17_000 + random.int(50_000))}: x`], 431),
    withLines(
      'too many',
      Array.from({ length: 4_000 + random.int(2_000) }, (_, n) => `x${n}: y`),
      431,
    ),
    request('huge path', upgradeRequest(`${PATH}/${'x'.repeat(17_000 + random.int(50_000))}`), [431]),
    request('huge query', upgradeRequest(`${PATH}?${'a=&'.repeat(6_000 + random.int(9_000))}`), [431]),
  ]);

const protocol: Kind = (random) =>
  random.pick([
    withHeaders(
      'protocol',
      { 'Sec-WebSocket-Protocol': random.pick(['', ',', 'a,', ',a', 'a,,b', 'a b', '"a"', 'a;b']) },
      400,
    ),
    withHeaders('protocol', { 'Sec-WebSocket-Protocol': `a${random.text('\x80\xff(){}@/', 40)}?` }, 400),
    withHeaders('protocol', { 'Sec-WebSocket-Protocol': 'a, '.repeat(random.int(4_000)) + 'a' }, 101),
    withLines('protocols', ['Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: a'], 101),
  ]);

const path: Kind = (random) => {
  const [target, status] = random.pick<readonly [string, number]>([
    ...[
      '/../../etc/passwd',
      '/./x',
      '//',
      '/%2e%2e/%2e%2e',
      '/%00',
      '/%F0%9F%98%80',
      '/;x=y',
      '?',
      '?a=%zz&&&=&=b',
    ].map((tail) => [`${PATH}${tail}`, 101] as const),
    ...[
      '/%77%65bsocket',
      `/websocket?${random.text(PRINTABLE.replace(' ', ''), 300)}`,
      '/websocket?/../../x',
    ].map((tail) => [`/release${tail}`, 101] as const),
    ...[
      '',
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
    ].map((tail) => [tail === '' ? '/' : `${PATH}${tail}`, 404] as const),
    ...[
      '//release/websocket',
      '/./release/websocket',
      '/release/../release/websocket',
      '/Release/websocket',
    ].map((other) => [other, 404] as const),
    ...[
      '/release%2Fwebsocket',
      '/%2frelease/websocket',
      '/release//websocket',
      '/__proto__/x',
      '/release',
    ].map((other) => [other, 404] as const),
    ['http://example.com/release/websocket', 404],
    [`/${random.text(`${TOKEN}/%`, 300)}`, 404],
  ]);
  return request(`path ${target}`, upgradeRequest(target), [status]);
};

const brokenPath: Kind = (random) => {
  const target = random.pick([
    'release/websocket',
    '',
    '/release /websocket',
    `${PATH}\t`,
    `${PATH}\0`,
    `${PATH}/\x01`,
    '\\',
  ]);
  return request(`path ${JSON.stringify(target)}`, upgradeRequest(target), [400]);
};

const lineEnds: Kind = (random) => {
  const ending = random.pick(['\n', '\r', '\r\r\n', '\n\r', '\r\n\r']);
  return request(
    `lines end with ${JSON.stringify(ending)}`,
    upgradeRequest(PATH).replaceAll('\r\n', ending),
    ANYTHING,
    true,
  );
};

/** What follows an upgrade are frames, whatever it looks like. */
const followed: Kind = (random) => {
  const next = random.pick([
    random.bytes(random.int(2_000)),
    Buffer.from(upgradeRequest(PATH)),
    Buffer.from('GET /release/other HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1 + random.int(20))),
    Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.alloc(random.int(100_000)),
  ]);
  const bytes = Buffer.concat([Buffer.from(upgradeRequest(PATH)), next]);
  return { name: `followed by ${next.subarray(0, 20).toString('hex')}`, bytes, statuses: [101], ends: false };
};

const pipelined: Kind = (random) => {
  const plain = (): string => {
    const target = random.pick([PATH, '/release/other', '/']);
    return `${random.pick(['GET', 'POST', 'OPTIONS'])} ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;
  };
  const before = Array.from({ length: 1 + random.int(8) }, plain).join('');
  const last = random.pick(['', upgradeRequest(PATH), 'garbage\r\n\r\n']);
  return request(`pipelined ${before.length}`, before + last, ANYTHING, true);
};

const mutated: Kind = (random) => {
  let bytes = Buffer.from(upgradeRequest(`${PATH}?a=b`, { 'Sec-WebSocket-Protocol': 'chat' }));
  for (let change = 0; change <= random.int(6); change++) {
    const at = random.int(bytes.length);
    const [left, right] = [bytes.subarray(0, at), bytes.subarray(at)];
    bytes = random.pick([
      Buffer.concat([left, random.bytes(1), right.subarray(1)]),
      Buffer.concat([left, random.bytes(random.int(9)), right]),
      Buffer.concat([left, right.subarray(random.int(9))]),
      Buffer.concat([left, right.subarray(0, 40), right]),
      Buffer.concat([left, Buffer.from(random.pick(['\r\n', '\0', ' ', ':', '%', '?', '\r\n\r\n'])), right]),
    ]);
  }
  return { name: `mutated ${bytes.toString('latin1')}`, bytes, statuses: ANYTHING, ends: true };
};

const truncated: Kind = (random) => {
  const whole = Buffer.from(upgradeRequest(PATH));
  const bytes = whole.subarray(0, random.int(whole.length - 1));
  return { name: `the first ${bytes.length} bytes`, bytes, statuses: [0, 400], ends: true };
};

const notHttp: Kind = (random) => {
  const bytes = random.pick([
    random.bytes(1 + random.int(3_000)),
    Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), random.bytes(517)]),
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
    Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    Buffer.from('\r\n'.repeat(random.int(2_000))),
  ]);
  return {
    name: `no HTTP ${bytes.subarray(0, 20).toString('hex')}`,
    bytes,
    statuses: [0, 400, 431],
    ends: true,
  };
};

const KINDS: readonly Kind[] = [
  method,
  httpVersion,
  key,
  socketVersion,
  upgrade,
  host,
  body,
  brokenHeader,
  oddHeader,
  tooLarge,
  protocol,
  path,
  brokenPath,
  lineEnds,
  followed,
  pipelined,
  mutated,
  truncated,
  notHttp,
];
