/** Before the number of a message in its frame: payloads here are between 126 and 65,535 bytes. */
export const HEADER_BYTES = 4;
const DIGITS = 8;
const TEXT_FRAME = 0x81;
const TWO_BYTES_OF_LENGTH = 126;
const ZERO = 0x30;

/** The text of a message: its number, and filler up to so many bytes. */
export function textOf(number: number, bytes: number): string {
  return `${number}`.padStart(DIGITS, '0').padEnd(bytes, 'abcdefghijklmnopqrstuvwxyz0123456789');
}

export function frameOf(number: number, bytes: number): Buffer {
  const text = Buffer.from(textOf(number, bytes));
  const header = Buffer.from([TEXT_FRAME, TWO_BYTES_OF_LENGTH, bytes >> 8, bytes & 255]);
  return Buffer.concat([header, text]);
}

/** The number in a frame that begins at `at`; NaN where there is none. */
export function numberAt(buffer: Buffer, at: number): number {
  if (buffer[at] !== TEXT_FRAME) return NaN;
  let number = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    number = number * 10 + (buffer[at + HEADER_BYTES + digit] ?? NaN) - ZERO;
  }
  return number;
}

/** Whether the frame at `at` is `like`, but for the number. */
export function isLike(like: Buffer, buffer: Buffer, at: number): boolean {
  const filler = HEADER_BYTES + DIGITS;
  return (
    like.compare(buffer, at + filler, at + like.length, filler, like.length) === 0 &&
    like.compare(buffer, at, at + HEADER_BYTES, 0, HEADER_BYTES) === 0
  );
}
