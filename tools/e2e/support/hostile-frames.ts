import { deflateRawSync, constants } from 'node:zlib';
import { FAREWELL, type HostileCase, type HostileKind } from './hostile-case';
import { closeFrame, farewell, frame, Opcode, upgradeRequest } from './hostile-frame';
import type { SeededRandom } from './hostile-random';

const PATH = '/release/websocket';
const DEFLATE = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' };
const { text, binary, continuation, ping, close } = Opcode;

type More = Partial<Omit<HostileCase, 'answers'>> & { readonly deflate?: boolean };

/** Frames after an upgrade; the answers are those after the 101. */
function frames(name: string, bytes: Buffer, answers: readonly string[], more: More = {}): HostileCase {
  const { deflate = false, ...others } = more;
  return {
    name: `frames, ${name}${deflate ? ', deflate' : ''}: ${bytes.subarray(0, 40).toString('hex')}`,
    listener: 'public',
    request: Buffer.from(upgradeRequest(PATH, deflate ? DEFLATE : {})),
    frames: bytes,
    then: 'waits',
    answers: answers.map((answer) => (answer === 'left' ? answer : `101 | ${answer}`)),
    ...others,
  };
}

/** Whatever comes before what is wrong is handed over. */
function wrong(
  random: SeededRandom,
  place: number,
  name: string,
  bytes: Buffer,
  code: number,
  more: More = {},
): HostileCase {
  const handedOver = Array.from({ length: random.int(3) }, (_, n) => `${place} before ${n}`);
  const before = handedOver.map((said) => frame(text, said));
  const after = random.pick([Buffer.alloc(0), farewell, random.bytes(random.int(50))]);
  return frames(name, Buffer.concat([...before, bytes, after]), [`close ${code}`], { handedOver, ...more });
}

const compressed = (data: Uint8Array | string): Buffer =>
  deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

const badHeader: HostileKind = (random, _, place) => {
  const deflate = random.int(2) === 0;
  const payload = random.bytes(random.int(200));
  const [name, bytes] = random.pick<readonly [string, Buffer]>([
    ['opcode', frame(random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload)],
    ['reserved bits', frame(random.pick([text, binary, ping, close]), '', { rsv: 1 + random.int(3) })],
    ['compressed control', frame(random.pick([ping, Opcode.pong, close]), '', { rsv: 4 })],
    ['unmasked', frame(random.pick([text, binary, ping]), payload.subarray(0, 100), { masked: false })],
    ['continues nothing', frame(continuation, payload, { fin: random.int(2) === 0 })],
    ['control too long', frame(random.pick([ping, Opcode.pong, close]), random.bytes(126 + random.int(500)))],
    ['control in pieces', frame(random.pick([ping, Opcode.pong, close]), '', { fin: false })],
    [
      'message in a message',
      Buffer.concat([frame(text, 'a', { fin: false }), frame(random.pick([text, binary]), 'b')]),
    ],
    [
      'compressed continuation',
      Buffer.concat([frame(text, 'a', { fin: false }), frame(continuation, 'b', { rsv: 4 })]),
    ],
  ]);
  return wrong(random, place, name, bytes, 1002, { deflate });
};

const compressedUnasked: HostileKind = (random, _, place) =>
  wrong(random, place, 'compressed', frame(text, compressed('hello'), { rsv: 4 }), 1002);

const tooLong: HostileKind = (random, { maxMessageBytes }, place) => {
  const deflate = random.int(2) === 0;
  const max = BigInt(maxMessageBytes);
  const claimedLength = random.pick([
    max + 1n,
    max * 2n,
    2n ** 31n,
    2n ** 32n,
    2n ** 40n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ]);
  const bytes = random.pick([
    frame(random.pick([text, binary]), random.bytes(random.int(100)), { claimedLength, lengthBytes: 8 }),
    Buffer.concat([
      frame(text, 'a', { fin: false }),
      frame(continuation, '', { claimedLength, lengthBytes: 8 }),
    ]),
    Buffer.concat(
      Array.from({ length: 8 }, (_, n) =>
        frame(n === 0 ? binary : continuation, Buffer.alloc(maxMessageBytes / 7), { fin: false }),
      ),
    ),
  ]);
  return wrong(random, place, 'too long', bytes, 1009, { deflate });
};

const BROKEN_UTF8 = [
  'c0af',
  'c1bf',
  'e08080',
  'eda080',
  'edbfbf',
  'f0808080',
  'f4908080',
  'f5',
  'fe',
  'ff',
  '80',
  'c3',
  'e282',
  'f09f98',
];

const brokenText: HostileKind = (random, _, place) => {
  const broken = Buffer.concat([
    Buffer.from(random.text('aé€😀'.slice(0, 3), 40)),
    Buffer.from(random.pick(BROKEN_UTF8), 'hex'),
  ]);
  const [bytes, deflate] = random.pick<readonly [Buffer, boolean]>([
    [frame(text, broken), false],
    [frame(text, compressed(broken), { rsv: 4 }), true],
    [Buffer.concat([frame(text, broken, { fin: false }), frame(continuation, '')]), false],
    [closeFrame(1000, broken), false],
  ]);
  return wrong(random, place, 'no UTF-8', bytes, 1007, { deflate });
};

const brokenClose: HostileKind = (random, _, place) => {
  const code = random.pick([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]);
  const bytes = random.pick([frame(close, 'x'), closeFrame(code), closeFrame(code, 'because')]);
  return wrong(random, place, 'close', bytes, 1002);
};

const rightClose: HostileKind = (random) => {
  const code = random.pick([1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4000, 4001, 4999]);
  const rest = random.bytes(random.int(500));
  return random.pick([
    frames('close and more', Buffer.concat([closeFrame(code, 'x'.repeat(random.int(124))), rest]), [
      `close ${code}`,
    ]),
    frames('close without code', Buffer.concat([frame(close, ''), rest]), ['close without code']),
  ]);
};

/** Of 1, 8 and 64 MiB. */
const BOMBS = [1, 8, 64].map((mib) => compressed(Buffer.alloc(mib * 1024 * 1024)));

const brokenDeflate: HostileKind = (random, _, place) => {
  const whole = compressed(random.text('abc', 300) + 'end');
  const [name, payload, code] = random.pick<readonly [string, Buffer, number]>([
    ['no deflate', Buffer.concat([Buffer.from([0x07]), random.bytes(random.int(60))]), 1007],
    [
      'reaches back too far',
      deflateRawSync(Buffer.from('so far '), {
        dictionary: Buffer.from('so far so far '),
        finishFlush: constants.Z_SYNC_FLUSH,
      }),
      1007,
    ],
    ['stored length', Buffer.concat([Buffer.from([0x00, 0x05, 0x00, 0x00, 0x00]), whole]), 1007],
    ['bomb', random.pick(BOMBS), 1009],
  ]);
  const half = random.int(payload.length);
  const bytes = random.pick([
    frame(text, payload, { rsv: 4 }),
    Buffer.concat([
      frame(binary, payload.subarray(0, half), { rsv: 4, fin: false }),
      frame(continuation, payload.subarray(half)),
    ]),
  ]);
  return wrong(random, place, name, bytes, code, { deflate: true });
};

/** Strange, but allowed; or tolerated, as lengths in more bytes than they need. */
const strange: HostileKind = (random, _, place) => {
  const said = `${place} ${random.pick(['', 'é€😀\0', 'x'.repeat(random.int(2_000))])}`;
  const pieces = Array.from({ length: 1 + random.int(30) }, () =>
    Buffer.concat([frame(continuation, '', { fin: false }), frame(ping, random.bytes(random.int(126)))]),
  );
  const [name, bytes, handedOver, deflate] = random.pick<
    readonly [string, Buffer, readonly string[], boolean]
  >([
    ['long length', frame(text, said, { lengthBytes: random.pick([2, 8]) }), [said], false],
    [
      'pieces',
      Buffer.concat([frame(text, '', { fin: false }), ...pieces, frame(continuation, said)]),
      [said],
      false,
    ],
    ['compressed', frame(text, compressed(said), { rsv: 4 }), [said], true],
    ['uncompressed', frame(text, said), [said], true],
    ['nothing', Buffer.concat([frame(text, ''), frame(binary, '')]), ['', ''], false],
    ['unasked pongs', Buffer.concat(pieces.map(() => frame(Opcode.pong, random.bytes(125)))), [], false],
    [
      'many',
      Buffer.concat(pieces.map((_piece, n) => frame(text, `${said} ${n}`))),
      pieces.map((_piece, n) => `${said} ${n}`),
      random.int(2) === 0,
    ],
  ]);
  return frames(name, Buffer.concat([bytes, farewell]), [FAREWELL], { handedOver, deflate });
};

/** Costly to make and to read: now and then. */
const flood: HostileKind = (random, scene, place) => {
  if (random.int(8) > 0) return strange(random, scene, place);
  const piece = frame(continuation, random.pick(['', 'x']), { fin: false });
  const bytes = Buffer.concat([frame(binary, '', { fin: false }), ...Array<Buffer>(16_400).fill(piece)]);
  return wrong(random, place, 'pieces without end', bytes, 1008, { deflate: random.int(2) === 0 });
};

/** What is more than it answers at a time ends the connection. */
const pings: HostileKind = (random) => {
  const bytes = Array.from({ length: 61 + random.int(500) }, () => frame(ping, random.bytes(random.int(20))));
  return frames('pings', Buffer.concat([...bytes, farewell]), ['pong | cut', FAREWELL]);
};

const unfinished: HostileKind = (random, { maxMessageBytes }) => {
  const whole = random.pick([
    frame(text, 'x'.repeat(1 + random.int(1_000))),
    frame(binary, '', { claimedLength: BigInt(maxMessageBytes), lengthBytes: 8 }),
    Buffer.concat([
      frame(text, 'a', { fin: false }),
      frame(continuation, 'b', { fin: false }),
      frame(text, ''),
    ]).subarray(0, -6),
    frame(ping, 'x'.repeat(125)),
  ]);
  const bytes = whole.subarray(0, 1 + random.int(whole.length - 1));
  const then = random.pick(['halves', 'resets'] as const);
  return frames(`unfinished, ${then}`, bytes, [then === 'resets' ? 'left' : 'cut'], {
    then,
    deflate: random.int(2) === 0,
  });
};

const noise: HostileKind = (random) => {
  const bytes = Buffer.concat([Buffer.from([random.int(128)]), random.bytes(random.int(400))]);
  const answers = ['cut', 'pong | cut', 'close 1002', 'pong | close 1002', 'close 1007', 'close 1009'];
  // Without FIN in its first byte it is no whole message, and a control frame not at all.
  return frames('noise', bytes, answers, { then: 'halves', deflate: random.int(2) === 0 });
};

export const HOSTILE_FRAMES: readonly HostileKind[] = [
  badHeader,
  badHeader,
  compressedUnasked,
  tooLong,
  brokenText,
  brokenClose,
  rightClose,
  brokenDeflate,
  strange,
  flood,
  pings,
  unfinished,
  noise,
];
