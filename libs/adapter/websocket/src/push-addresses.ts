import { createHash, timingSafeEqual } from 'node:crypto';
import type { LiveApi } from '@sendback/domain/gateway';

/** Finds APIs by the secret of their push address, in a time that tells nothing about it. */
export class PushAddresses {
  private readonly entries: readonly { readonly digest: Buffer; readonly live: LiveApi }[];

  constructor(apis: readonly LiveApi[]) {
    this.entries = apis.map((live) => ({ digest: digestOf(live.api.id), live }));
  }

  find(secret: string): LiveApi | null {
    const asked = digestOf(secret);
    let found: LiveApi | null = null;
    for (const { digest, live } of this.entries) if (timingSafeEqual(digest, asked)) found = live;
    return found;
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
