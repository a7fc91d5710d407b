/** How a server speaks to its clients. */
export interface Dialect {
  /** What stands around a text in its frame. */
  readonly before: string;
  readonly after: string;
  /** Whether a connection begins with a handshake of Engine.IO and Socket.IO. */
  readonly socketIo: boolean;
}

/** Texts in frames, and nothing else. */
export const PLAIN: Dialect = { before: '', after: '', socketIo: false };

/** The event `m` with the text as its argument. */
export const SOCKET_IO: Dialect = { before: '42["m","', after: '"]', socketIo: true };

/** Payloads here are between 126 and 65,535 bytes. */
const HEADER_BYTES = 4;
const DIGITS = 8;
const TEXT_FRAME = 0x81;
const TWO_BYTES_OF_LENGTH = 126;
const ZERO = 0x30;

/** The text of a message: its number, and filler up to so many bytes. */
export function textOf(number: number, bytes: number): string {
  return `${number}`.padStart(DIGITS, '0').padEnd(bytes, 'abcdefghijklmnopqrstuvwxyz0123456789');
}

export function frameOf(number: number, bytes: number, { before, after }: Dialect = PLAIN): Buffer {
  const text = Buffer.from(`${before}${textOf(number, bytes)}${after}`);
  const header = Buffer.from([TEXT_FRAME, TWO_BYTES_OF_LENGTH, text.length >> 8, text.length & 255]);
  return Buffer.concat([header, text]);
}

/** The number in a frame that begins at `at`; NaN where there is none. */
export function numberAt(buffer: Buffer, at: number, { before }: Dialect): number {
  if (buffer[at] !== TEXT_FRAME) return NaN;
  const digits = at + HEADER_BYTES + before.length;
  let number = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    number = number * 10 + (buffer[digits + digit] ?? NaN) - ZERO;
  }
  return number;
}

/** Whether the frame at `at` is `like`, but for the number. */
export function isLike(like: Buffer, buffer: Buffer, at: number, { before }: Dialect = PLAIN): boolean {
  const digits = HEADER_BYTES + before.length;
  const filler = digits + DIGITS;
  return (
    like.compare(buffer, at + filler, at + like.length, filler, like.length) === 0 &&
    like.compare(buffer, at, at + digits, 0, digits) === 0
  );
}
