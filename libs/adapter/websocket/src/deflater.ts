import { constants, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { WINDOW_BITS } from './compression';
import type { PreparedFrame } from './frame';

/** Smaller payloads, in bytes, go as they are. */
const THRESHOLD = 1_024;

const OPTIONS: ZlibOptions = { windowBits: WINDOW_BITS, finishFlush: constants.Z_SYNC_FLUSH };

/** Compressed in one turn of the event loop, in bytes: a few milliseconds of work. What is beyond goes as it is. */
const BYTES_A_TURN = 256 * 1024;

/** What the end of a flush looks like, which a message leaves out (RFC 7692 §7.2.1). */
const TRAILER_BYTES = 4;

/** Compresses frames, each once however many receive it, when the first client needs it. */
export class Deflater {
  private left = BYTES_A_TURN;

  /** The frame as it is sent to a client that takes compressed ones: the plain one, where that is not worth it. */
  bytesOf(frame: PreparedFrame): Buffer {
    if (frame.compressed) return frame.compressed;
    const { payloadLength } = frame;
    if (payloadLength < THRESHOLD || !this.mayTake(payloadLength)) return frame.plain;
    const deflated = deflateRawSync(frame.payloadBytes, OPTIONS);
    return frame.compress(deflated.subarray(0, -TRAILER_BYTES));
  }

  private mayTake(bytes: number): boolean {
    if (bytes > this.left) return false;
    if (this.left === BYTES_A_TURN) setImmediate(() => (this.left = BYTES_A_TURN));
    this.left -= bytes;
    return true;
  }
}
