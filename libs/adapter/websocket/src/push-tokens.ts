import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const BEARER = /^bearer +([^ ]+)$/i;
const MIN_LENGTH = 32;

/** The bearer tokens (RFC 6750) that a push listener takes, compared in a time that tells nothing about them. */
export class PushTokens {
  private readonly digests: readonly Buffer[];

  /**
   * @param tokens several, so that one can be replaced while both are in use; with none, everybody may pass
   * @throws TypeError when one is shorter than 32 characters
   */
  constructor(tokens: readonly string[]) {
    if (tokens.some((token) => token.length < MIN_LENGTH)) {
      throw new TypeError(`tokens must have at least ${MIN_LENGTH} characters`);
    }
    this.digests = tokens.map(digestOf);
  }

  allow({ authorization = '' }: IncomingHttpHeaders): boolean {
    if (this.digests.length === 0) return true;
    const shown = digestOf(BEARER.exec(authorization)?.[1] ?? '');
    return this.digests.filter((digest) => timingSafeEqual(digest, shown)).length > 0;
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
