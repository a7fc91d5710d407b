import { randomBytes, randomUUID } from 'node:crypto';
import { IdSource } from '@sendback/domain/runtime';

/** Ids from the operating system's random source. */
export class CryptoIdSource extends IdSource {
  hex(bytes: number): string {
    return randomBytes(bytes).toString('hex');
  }

  uuid(): string {
    return randomUUID();
  }
}
