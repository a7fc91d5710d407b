import type { IdSource } from '@sendback/domain/runtime';
import { ConnectionIds } from './connection-ids.port';

const RANDOM = 32;
const TAG = 12;

/** With a pad that hides nothing from who knows this code. */
export class MemoryConnectionIds extends ConnectionIds {
  constructor(
    private readonly ids: IdSource,
    private readonly key: number,
  ) {
    super();
  }

  create(tag: string): string {
    const random = this.ids.hex(RANDOM / 2);
    return random + this.padded(random, tag);
  }

  tagOf(id: string): string | null {
    if (!/^[0-9a-f]{44}$/.test(id)) return null;
    return this.padded(id.slice(0, RANDOM), id.slice(RANDOM));
  }

  private padded(random: string, tag: string): string {
    const digits = Array.from(tag, (digit, index) => parseInt(digit, 16) ^ (this.hash(random, index) & 15));
    return digits.map((digit) => digit.toString(16)).join('');
  }

  /** FNV-1a with a last stir. */
  private hash(random: string, index: number): number {
    let hash = this.key ^ (index * TAG + 1);
    for (let at = 0; at < random.length; at++) hash = Math.imul(hash ^ random.charCodeAt(at), 0x01000193);
    return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 13;
  }
}
