import { createHash } from 'node:crypto';

/** A name as a key: SHA-256 of its UTF-8 in hexadecimal, so that no collation makes two names one. */
export function digest(name: string): string {
  return createHash('sha256').update(name, 'utf8').digest('hex');
}
