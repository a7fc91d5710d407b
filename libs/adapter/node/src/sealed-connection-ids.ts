import { type Cipher, createCipheriv, createHash, randomFillSync } from 'node:crypto';
import { ConnectionIds } from '@sendback/domain/gateway';

const RANDOM_BYTES = 16;
const TAG_BYTES = 6;
const BYTES = RANDOM_BYTES + TAG_BYTES;

/** Random bytes are fetched for so many ids at a time: a system call costs more than the rest. */
const POOLED = 128;

/**
 * The pad is what AES-128 makes of the random half: a pseudo-random function, used on a block that never comes twice. One
 * cipher serves all ids, each of them one independent block.
 */
export class SealedConnectionIds extends ConnectionIds {
  private readonly cipher: Cipher;
  private readonly pool = Buffer.alloc(RANDOM_BYTES * POOLED);
  private pooled = 0;

  /** @param secret of the ledger; at least 128 random bits, in any form */
  constructor(secret: string) {
    super();
    const key = createHash('sha256').update('connection ids\n').update(secret).digest().subarray(0, 16);
    this.cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  }

  create(tag: string): string {
    const bytes = Buffer.allocUnsafe(BYTES);
    this.random().copy(bytes);
    bytes.write(tag, RANDOM_BYTES, TAG_BYTES, 'hex');
    return this.pad(bytes).toString('hex');
  }

  tagOf(id: string): string | null {
    if (id.length !== BYTES * 2) return null;
    const bytes = Buffer.from(id, 'hex');
    if (bytes.length !== BYTES) return null;
    return this.pad(bytes).toString('hex', RANDOM_BYTES);
  }

  /** Puts the pad on the tag, or takes it off. */
  private pad(bytes: Buffer): Buffer {
    const pad = this.cipher.update(bytes.subarray(0, RANDOM_BYTES));
    for (let at = 0; at < TAG_BYTES; at += 2)
      bytes.writeUInt16BE(bytes.readUInt16BE(RANDOM_BYTES + at) ^ pad.readUInt16BE(at), RANDOM_BYTES + at);
    return bytes;
  }

  private random(): Buffer {
    if (this.pooled === 0) {
      randomFillSync(this.pool);
      this.pooled = POOLED;
    }
    const at = --this.pooled * RANDOM_BYTES;
    return this.pool.subarray(at, at + RANDOM_BYTES);
  }
}
