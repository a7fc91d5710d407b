export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameBits {
  readonly fin?: boolean;
  /** Of the three reserved bits: 4, 2, 1. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the header says instead of the payload's length. */
  readonly claimedLength?: bigint;
  /** Bytes of the length; the fewest by default. */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** A frame of a client (RFC 6455 §5.2), right in all that `bits` leaves alone. The mask is zero. */
export function frame(opcode: number, payload: Uint8Array | string, bits: FrameBits = {}): Buffer {
  const { fin = true, rsv = 0, masked = true } = bits;
  const data = Buffer.from(payload);
  const { claimedLength = BigInt(data.length) } = bits;
  const { lengthBytes = claimedLength < 126n ? 0 : claimedLength < 65_536n ? 2 : 8 } = bits;
  const short = lengthBytes === 0 ? Number(claimedLength) : lengthBytes === 2 ? 126 : 127;
  const head = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | short]);
  const long = Buffer.from(claimedLength.toString(16).padStart(16, '0'), 'hex').subarray(8 - lengthBytes);
  return Buffer.concat([head, long, Buffer.alloc(masked ? 4 : 0), data]);
}

export function closeFrame(code: number, reason: Uint8Array | string = ''): Buffer {
  return frame(Opcode.close, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));
}

/** A ping, and a close in an orderly way: answered with `pong | close 1000`. */
export const farewell = Buffer.concat([frame(Opcode.ping, 'still there?'), closeFrame(1000)]);

export function upgradeRequest(path: string, headers: Readonly<Record<string, string | null>> = {}): string {
  const all: Record<string, string | null> = {
    Host: 'example.com',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}
