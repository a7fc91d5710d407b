import { gzipSync } from 'node:zlib';
import {
  type HostileCase,
  type HostileKind,
  type HostileScene,
  OF_EVERY_OBJECT,
  PRINTABLE,
} from './hostile-case';
import type { SeededRandom } from './hostile-random';

const OK = '200 0';
const GONE = '410 201';
const NOT_FOUND = '404 203';
const BAD = '400 400';
const NO_WEBSOCKET = '400 102';
const BAD_ID = '400 103';
const BAD_ACTION = '400 104';
const BAD_DATA = '400 105';
const TOO_LARGE = '413 106';
const MAX_BYTES = 8 * 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;
type More = Partial<HostileCase>;

function raw(
  name: string,
  request: string | Buffer,
  answers: readonly string[],
  more: More = {},
): HostileCase {
  const bytes = typeof request === 'string' ? Buffer.from(request, 'latin1') : request;
  const shown = JSON.stringify(bytes.toString('latin1').slice(0, 200));
  return {
    name: `push, ${name}: ${shown}`,
    listener: 'push',
    request: bytes,
    then: 'waits',
    answers,
    ...more,
  };
}

interface Head {
  readonly method?: string;
  readonly path?: string;
  readonly lines?: readonly string[];
  readonly version?: string;
}

function head({ method = 'POST', path = '/', lines = [], version = '1.1' }: Head): string {
  return [`${method} ${path} HTTP/${version}`, 'Host: push', 'Connection: close', ...lines, '', ''].join(
    '\r\n',
  );
}

/** A POST to the push address. */
function post(
  { apiId }: HostileScene,
  name: string,
  body: string | Buffer,
  answer: string,
  more: More = {},
  lines: readonly string[] = [],
): HostileCase {
  const bytes = Buffer.from(body);
  const top = head({ path: `/${apiId}`, lines: [`Content-Length: ${bytes.length}`, ...lines] });
  const request = Buffer.concat([Buffer.from(top), bytes]);
  return raw(name, request, [answer], {
    ...more,
    name: `push, ${name}: ${bytes.toString('latin1').slice(0, 200)}`,
  });
}

function said(
  scene: HostileScene,
  name: string,
  websocket: Fields,
  answer: string,
  more: More = {},
): HostileCase {
  return post(scene, name, JSON.stringify({ websocket }), answer, more);
}

/** One that is well-formed, to a well-behaved client. */
function right(random: SeededRandom, { connectionIds }: HostileScene, data: string): Fields {
  return { action: 'data send', secConnectionID: random.pick(connectionIds), dataType: 'text', data };
}

const MANY_KEYS = `{"websocket":{${Array.from({ length: 20_000 }, (_, n) => `"${n}":1`).join()}}}`;
const TOO_MANY_IDS = Array<string>(10_001).fill('x');

const deep = (depth: number, inner = ''): string => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`;

const body: HostileKind = (random, scene, place) => {
  const data = `${place} é€😀\0`;
  const whole = JSON.stringify({ websocket: right(random, scene, data) });
  const delivered = { delivered: [data] };
  const changed = `{"websocket":{"__proto__":${JSON.stringify(right(random, scene, 'never'))}}}`;
  const broken = [
    '',
    ' ',
    '{',
    'null',
    '[]',
    '1',
    '"x"',
    'true',
    'NaN',
    '{"a":1,}',
    "{'websocket':{}}",
    '\ufeff{}',
    whole.slice(0, -1),
    `${whole}x`,
    `${whole}${whole}`,
  ];
  return random.pick([
    post(scene, 'no object', random.pick(broken), BAD),
    post(scene, 'noise', random.bytes(1 + random.int(2_000)), BAD),
    post(scene, 'UTF-16', Buffer.from(whole, 'utf16le'), BAD),
    post(scene, 'deep', deep(1 + random.int(100_000)), BAD),
    post(scene, 'deep and open', '{"websocket":'.repeat(1 + random.int(5_000)), BAD),
    post(
      scene,
      'deep inside',
      whole.replace('{"websocket":{', `{"x":${deep(50_000)},"websocket":{"y":${deep(9)},`),
      OK,
      delivered,
    ),
    post(
      scene,
      'no websocket',
      random.pick([
        '{}',
        '{"websocket":null}',
        '{"websocket":[]}',
        '{"websocket":7}',
        '{"websocket":"x"}',
        '{"WebSocket":{}}',
        ...OF_EVERY_OBJECT.map((name) => `{"${name}":${whole}}`),
      ]),
      NO_WEBSOCKET,
    ),
    post(
      scene,
      'prototype',
      random.pick([changed, ...OF_EVERY_OBJECT.map((name) => `{"websocket":{"${name}":1}}`)]),
      BAD_ACTION,
    ),
    post(scene, 'twice', `{"websocket":{"action":"closing"},${whole.slice(1)}`, OK, delivered),
    post(
      scene,
      'extra keys',
      whole.replace('{', `{${OF_EVERY_OBJECT.map((name) => `"${name}":${deep(20)},`).join('')}`),
      OK,
      delivered,
    ),
    post(scene, 'compressed', gzipSync(whole), BAD, {}, ['Content-Encoding: gzip']),
    post(scene, 'content type', whole, OK, delivered, [`Content-Type: ${random.text(PRINTABLE, 100)}`]),
    post(scene, 'many keys', MANY_KEYS, BAD_ACTION),
  ]);
};

const NO_STRINGS: readonly unknown[] = [
  null,
  0,
  1e300,
  true,
  [],
  {},
  ['x'],
  { toString: 'x' },
  { length: 5 },
  -1,
];

const wrongType: HostileKind = (random, scene) => {
  const good = right(random, scene, 'never');
  const odd = random.pick(NO_STRINGS);
  const message = { dataType: 'text', data: 'never' };
  const { secConnectionID: id, dataType, data, ...rest } = good;
  return random.pick([
    said(
      scene,
      'action',
      {
        ...good,
        action: random.pick([
          odd,
          'connecting',
          'Data send',
          'data recv',
          'data send ',
          '',
          ...OF_EVERY_OBJECT,
        ]),
      },
      BAD_ACTION,
    ),
    said(
      scene,
      'id',
      {
        ...good,
        secConnectionID: random.pick([
          odd,
          '',
          ' ',
          'a b',
          'x'.repeat(51 + random.int(5_000)),
          'ä',
          '\0',
          `${String(id)}\n`,
          [id],
          '😀',
        ]),
      },
      BAD_ID,
    ),
    said(scene, 'no id', { ...rest, dataType, data }, BAD_ID),
    said(
      scene,
      'ids',
      {
        ...rest,
        dataType,
        data,
        secConnectionIDs: random.pick([
          ...NO_STRINGS.filter((value) => !Array.isArray(value)),
          'x',
          String(id),
          [''],
          [id, 1],
          [[id]],
          [null],
        ]),
      },
      BAD_ID,
    ),
    said(scene, 'id and ids', { ...good, secConnectionIDs: [id] }, BAD_ID),
    said(
      scene,
      'dataType',
      { ...good, dataType: random.pick([odd, 'Text', 'blob', '', ...OF_EVERY_OBJECT]) },
      BAD_DATA,
    ),
    said(scene, 'data', { ...good, data: odd }, BAD_DATA),
    said(
      scene,
      'base64',
      {
        ...good,
        dataType: 'binary',
        data: random.pick([
          'a',
          'ab',
          'abc',
          'ab==',
          'a-_b',
          'abcd\n',
          ' abcd',
          'ab=c',
          '====',
          'abcd=',
          '😀',
        ]),
      },
      BAD_DATA,
    ),
    said(
      scene,
      'messageId',
      { ...good, messageId: random.pick([0, true, [], {}, '', 'x'.repeat(201)]) },
      BAD_DATA,
    ),
    said(
      scene,
      'messages',
      {
        ...rest,
        secConnectionID: id,
        messages: random.pick([
          null,
          0,
          {},
          'x',
          [],
          [null],
          [[message]],
          ['x'],
          [message, { ...message, data: odd }],
          [{ ...message, id: '' }],
          { length: 1 },
        ]),
      },
      BAD_DATA,
    ),
    said(
      scene,
      'except',
      {
        ...rest,
        secConnectionID: id,
        messages: [
          message,
          { ...message, except: random.pick([0, false, [id], {}, '', 'x'.repeat(51), '\n']) },
        ],
      },
      BAD_ID,
    ),
    said(scene, 'messages and data', { ...good, messages: [message] }, BAD_DATA),
    said(
      scene,
      'too many messages',
      { ...rest, secConnectionID: id, messages: Array<Fields>(257 + random.int(500)).fill(message) },
      TOO_LARGE,
    ),
    said(scene, 'too many ids', { ...rest, dataType, data, secConnectionIDs: TOO_MANY_IDS }, TOO_LARGE),
  ]);
};

const id: HostileKind = (random, scene, place) => {
  const real = random.pick(scene.connectionIds);
  const at = random.int(real.length);
  const flipped = `${real.slice(0, at)}${(Number.parseInt(real[at] ?? '0', 16) ^ (1 << random.int(4))).toString(16)}${real.slice(at + 1)}`;
  const strangers = [
    flipped,
    real.toUpperCase().replace(/^[0-9]*$/, 'A'),
    random.hex(44),
    random.hex(32),
    real.slice(1),
    `${real}0`,
    real.slice(0, 32) + random.hex(12),
    random.text(PRINTABLE.trim(), 49) + 'x',
    ...OF_EVERY_OBJECT,
    "'or'1'='1",
    '../../x',
    '%00',
  ];
  const stranger = random.pick(strangers);
  const data = `${place} to some`;
  const send = { action: 'data send', dataType: 'text', data };
  return random.pick([
    said(scene, 'stranger', { ...send, secConnectionID: stranger }, GONE),
    said(scene, 'close a stranger', { action: 'closing', secConnectionID: stranger }, GONE),
    said(
      scene,
      'strangers',
      { ...send, secConnectionIDs: Array.from({ length: random.int(200) }, () => random.hex(44)) },
      OK,
    ),
    said(scene, 'among strangers', { ...send, secConnectionIDs: [stranger, real, flipped] }, OK, {
      delivered: [data],
    }),
    said(scene, 'twice', { ...send, secConnectionIDs: [real, real] }, OK, { delivered: [data, data] }),
    said(
      scene,
      'twice with an id',
      { ...send, messageId: `once ${place}`, secConnectionIDs: [real, real] },
      OK,
      { delivered: [data] },
    ),
    said(scene, 'nobody', { ...send, secConnectionIDs: [] }, OK),
    said(
      scene,
      'long id of a message',
      { ...send, messageId: `${place} `.padEnd(200, '\u20ac'), secConnectionID: real },
      OK,
      { delivered: [data] },
    ),
    said(scene, 'lone surrogate', { ...send, data: `${place} \ud800`, secConnectionID: real }, OK, {
      delivered: [`${place} \ufffd`],
    }),
    said(
      scene,
      'prototype of a message',
      {
        action: 'data send',
        secConnectionID: real,
        messages: [JSON.parse(`{"__proto__":{"id":"x"},"dataType":"text","data":"${data}"}`) as Fields],
      },
      OK,
      { delivered: [data] },
    ),
  ]);
};

/** Costly: now and then. */
const large: HostileKind = (random, scene, place) => {
  const { apiId } = scene;
  const path = `/${apiId}`;
  const claimed = String(random.pick([MAX_BYTES + 1, 2 ** 31, 2 ** 40, 2 ** 53]));
  if (random.int(12) > 0)
    return raw('large', head({ path, lines: [`Content-Length: ${claimed}`] }), [TOO_LARGE]);
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, ' '), Buffer.from('\r\n')]);
  const chunks = Array<Buffer>(130).fill(chunk);
  const top = Buffer.from(head({ path, lines: ['Transfer-Encoding: chunked'] }));
  const ids = Array.from({ length: 10_000 }, () => random.hex(8));
  return random.pick([
    raw('large in pieces', Buffer.concat([top, ...chunks, Buffer.from('0\r\n\r\n')]), [TOO_LARGE]),
    said(
      scene,
      'as many strangers as there may be',
      { action: 'data send', secConnectionIDs: ids, dataType: 'text', data: 'x' },
      OK,
    ),
    said(scene, 'large data', right(random, scene, `${place} ${'x'.repeat(300_000)}`), OK, {
      delivered: [`${place} ${'x'.repeat(300_000)}`],
    }),
  ]);
};

const address: HostileKind = (random, scene, place) => {
  const { apiId } = scene;
  const data = `${place} there`;
  const content = JSON.stringify({ websocket: right(random, scene, data) });
  const at = (name: string, path: string, answer: string, more: More = {}, method = 'POST'): HostileCase =>
    raw(name, head({ method, path, lines: [`Content-Length: ${content.length}`] }) + content, [answer], more);
  const flip = apiId.slice(0, -1) + (apiId.endsWith('0') ? '1' : '0');
  const elsewhere = [
    '',
    flip,
    apiId.toUpperCase(),
    apiId.slice(0, -1),
    `${apiId}0`,
    apiId.slice(4),
    `api-${random.hex(32)}`,
    `${apiId}/`,
    `/${apiId}`,
    `${apiId}/x`,
    `x/../${apiId}`,
    `${apiId}%00`,
    `${apiId}%20`,
    `${apiId};x`,
    `${apiId}%2f`,
    '__proto__',
    'metrics',
    'healthz',
    'readyz',
    'x'.repeat(500),
    `%zz${apiId}`,
    '%',
    '%ff',
    '*',
  ];
  return random.pick([
    at('address', `/${random.pick(elsewhere)}`, NOT_FOUND),
    at('encoded address', `/%61pi${apiId.slice(3)}?${random.text('abc=&%;#', 60)}`, OK, {
      delivered: [data],
    }),
    at(
      'method',
      `/${apiId}`,
      NOT_FOUND,
      {},
      random.pick(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH']),
    ),
    at('HEAD', `/${apiId}`, '404 -', {}, 'HEAD'),
    at('GET', `/${apiId}`, '200 {}', {}, 'GET'),
    at('no method', `/${apiId}`, BAD, {}, random.pick(['FOO', 'post', 'POST\0', '', 'P OST'])),
    at('no path', random.pick(['x', '\\', apiId, '/\0', `/${apiId} x`]), BAD),
  ]);
};

const inspection: HostileKind = (random, { apiId, connectionIds }) => {
  const get = (name: string, path: string, answer: string): HostileCase =>
    raw(name, head({ method: 'GET', path }), [answer]);
  const list = `/${apiId}/connections`;
  const limit = random.pick([
    '0',
    '-1',
    '1001',
    '1e2',
    '0x10',
    '٣',
    '',
    ' 5',
    '5 ',
    '99999999999',
    'NaN',
    'null',
    '1&limit=2',
    '[]',
    '01',
    '5%00',
  ]);
  const strange = random.pick([
    '',
    ...OF_EVERY_OBJECT,
    random.hex(44),
    '%00',
    '%2e%2e',
    '*',
    "'",
    `${connectionIds[0]}0`,
  ]);
  return random.pick([
    get(
      'list',
      `${list}?limit=${1 + random.int(1_000)}&after=${random.pick(['', random.hex(44), '%7f', '~', '__proto__', '%F0%9F%98%80'])}`,
      '200 {}',
    ),
    get('limit', `${list}?limit=${encodeURI(limit)}`, BAD),
    get('after', `${list}?after=${random.pick(['x'.repeat(51), 'a&after=b', 'x'.repeat(10_000)])}`, BAD),
    get('unknown', `${list}?${random.pick(OF_EVERY_OBJECT)}=1`, BAD),
    get('show', `${list}/${random.pick(connectionIds)}`, '200 {}'),
    get('show a stranger', `${list}/${strange}`, '404 201'),
    get('beside', `${list}${random.pick(['//', '/a/b', '.json', '%00', '/%zz', '/x/'])}`, NOT_FOUND),
    get(
      'without secret',
      `/${random.pick(['api-', 'x', `api-${random.hex(32)}`, apiId.slice(1)])}/connections`,
      NOT_FOUND,
    ),
    get(
      'monitoring',
      `/${random.pick(['healthz', 'metrics'])}?${random.text(PRINTABLE.replace(' ', ''), 90)}`,
      '200 {}',
    ),
  ]);
};

const framing: HostileKind = (random, scene, place) => {
  const data = `${place} framed`;
  const content = JSON.stringify({ websocket: right(random, scene, data) });
  const length = content.length;
  const chunked = `${length.toString(16)};x="y"\r\n${content}\r\n0\r\nTrailer: x\r\n\r\n`;
  const ask = (
    name: string,
    lines: readonly string[],
    sent: string,
    answers: readonly string[],
    more: More = {},
  ): HostileCase => raw(name, head({ path: `/${scene.apiId}`, lines }) + sent, answers, more);
  const delivered = { delivered: [data] };
  const badLength = random.pick(['-1', '+5', '0x5', '1e1', '5, 5', 'x', '', '99999999999999999999999999']);
  return random.pick([
    ask('length', [`Content-Length: ${badLength}`], content, [BAD]),
    ask('too short a length', [`Content-Length: ${random.int(length)}`], content, [BAD]),
    ask('too long a length', [`Content-Length: ${length + 1 + random.int(9_000)}`], content, ['', BAD], {
      then: 'halves',
    }),
    ask(
      'too long a length, and away',
      [`Content-Length: ${length + 1 + random.int(9_000)}`],
      content,
      ['left'],
      { then: 'resets' },
    ),
    ask('no length', [], content, [BAD]),
    ask('lengths', [`Content-Length: ${length}`, `Content-Length: ${length}`], content, [BAD]),
    ask('length and chunks', [`Content-Length: ${length}`, 'Transfer-Encoding: chunked'], chunked, [BAD]),
    ask(
      'encoding',
      [`Transfer-Encoding: ${random.pick(['gzip', 'identity', 'xchunked', 'chunked, gzip'])}`],
      chunked,
      [BAD],
    ),
    ask('chunks', ['Transfer-Encoding: chunked'], chunked, [OK], delivered),
    ask(
      'broken chunks',
      ['Transfer-Encoding: chunked'],
      random.pick([
        '-1\r\n',
        'g\r\n',
        '\r\n\r\n',
        '0x5\r\n',
        'ffffffffffffffffff\r\n',
        `5\r\n${content}`,
        '5\n',
      ]),
      [BAD],
    ),
    ask(
      'unfinished chunks',
      ['Transfer-Encoding: chunked'],
      chunked.slice(0, random.int(length)),
      ['', BAD],
      { then: 'halves' },
    ),
    ask(
      'expects',
      [`Content-Length: ${length}`, 'Expect: 100-continue'],
      content,
      ['100 | 200 0'],
      delivered,
    ),
    ask(
      'expects what is not',
      [`Content-Length: ${length}`, `Expect: ${random.pick(['x', '200-ok', '99-continue'])}`],
      content,
      [OK],
      delivered,
    ),
    ask(
      'upgrade',
      [`Content-Length: ${length}`, 'Upgrade: h2c', 'Connection: Upgrade'],
      content,
      [OK],
      delivered,
    ),
    ask('huge', [`X-Huge: ${'x'.repeat(17_000)}`], '', ['431 431']),
    ask('line', [random.pick(['no colon', ': x', 'X : x', '\tx', 'X: a\0b'])], '', [BAD]),
    ask(
      'for another node',
      [
        `Content-Length: ${length}`,
        `X-Sendback-Node: ${random.pick(['', 'x', random.hex(12), '__proto__', 'x'.repeat(900)])}`,
      ],
      content,
      ['502 303'],
    ),
    raw(
      'for another node without secret',
      head({
        path: `/api-${random.hex(32)}`,
        lines: [`Content-Length: ${length}`, `X-Sendback-Node: ${random.hex(12)}`],
      }) + content,
      [NOT_FOUND],
    ),
    raw(
      'old',
      head({ path: `/${scene.apiId}`, version: '1.0', lines: [`Content-Length: ${length}`] }) + content,
      [OK],
      delivered,
    ),
    raw('no HTTP', random.bytes(1 + random.int(2_000)), ['', BAD, '431 431'], { then: 'halves' }),
  ]);
};

export const HOSTILE_PUSHES: readonly HostileKind[] = [
  body,
  wrongType,
  wrongType,
  id,
  large,
  address,
  inspection,
  framing,
];
