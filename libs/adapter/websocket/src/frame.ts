const FIN = 0x80;
const RSV1 = 0x40;
const OPCODES = { text: 1, binary: 2 } as const;
const OPCODE_MASK = 0x0f;

/** A payload as it was given (contract §4): base64 when binary. */
export interface Payload {
  readonly dataType: 'text' | 'binary';
  readonly data: string;
}

/** A payload that is ready for sockets: made once, however many receive it. */
export class PreparedFrame {
  private deflated: Buffer | null = null;

  /** @param plain the whole frame, uncompressed */
  constructor(
    readonly plain: Buffer,
    private readonly headerLength: number,
  ) {}

  get byteLength(): number {
    return this.plain.length;
  }

  get payloadLength(): number {
    return this.plain.length - this.headerLength;
  }

  get payloadBytes(): Buffer {
    return this.plain.subarray(this.headerLength);
  }

  /** What it was made of, read from its bytes: to be handed on. */
  get payload(): Payload {
    const binary = this.opcode === OPCODES.binary;
    return {
      dataType: binary ? 'binary' : 'text',
      data: this.plain.toString(binary ? 'base64' : 'utf8', this.headerLength),
    };
  }

  /** What {@link compress} returned; null before. */
  get compressed(): Buffer | null {
    return this.deflated;
  }

  /**
   * @param payload compressed, as RFC 7692 §7.2.1 has it
   * @returns the whole frame: the plain one, where that is no larger
   */
  compress(payload: Buffer): Buffer {
    const smaller = payload.length < this.payloadLength;
    return (this.deflated = smaller ? compressedFrame(this.opcode, payload) : this.plain);
  }

  private get opcode(): number {
    return (this.plain[0] ?? 0) & OPCODE_MASK;
  }
}

/**
 * One unmasked, uncompressed, unfragmented frame (RFC 6455 §5.2), the same for every client.
 * @param data base64 when binary
 * @returns null when it is no base64 (RFC 4648 §4, padded)
 */
export function encodeFrame(dataType: 'text' | 'binary', data: string): PreparedFrame | null {
  const encoding = dataType === 'text' ? 'utf8' : 'base64';
  const length = Buffer.byteLength(data, encoding);
  const { frame, header } = emptyFrame(FIN | OPCODES[dataType], length);
  const written = frame.write(data, header, encoding);
  const intact = dataType === 'text' || (written === length && frame.toString('base64', header) === data);
  return intact ? new PreparedFrame(frame, header) : null;
}

function compressedFrame(opcode: number, payload: Buffer): Buffer {
  const { frame, header } = emptyFrame(FIN | RSV1 | opcode, payload.length);
  payload.copy(frame, header);
  return frame;
}

/** With its header, and place for the payload after it. */
function emptyFrame(first: number, length: number): { frame: Buffer; header: number } {
  const header = headerBytes(length);
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = first;
  writeLength(frame, length, header);
  return { frame, header };
}

function headerBytes(length: number): 2 | 4 | 10 {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeLength(frame: Buffer, length: number, header: 2 | 4 | 10): void {
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt16BE(0, 2);
    frame.writeUIntBE(length, 4, 6);
  }
}
