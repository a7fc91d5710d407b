/** As a server sends it, whole. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Takes the whole frames that a chunk begins with, of less than 64 KiB each. @returns what is left of it */
export function takeFrames(chunk: Buffer, take: (frame: Frame) => void): Buffer {
  for (let at = 0; ;) {
    const [opcode = 0, short = 0] = chunk.subarray(at, at + 2);
    const start = at + (short === 126 ? 4 : 2);
    const length = short === 126 && start <= chunk.length ? chunk.readUInt16BE(at + 2) : short;
    if (start > chunk.length || start + length > chunk.length) return chunk.subarray(at);
    take({ opcode: opcode & 15, payload: chunk.subarray(start, start + length) });
    at = start + length;
  }
}
