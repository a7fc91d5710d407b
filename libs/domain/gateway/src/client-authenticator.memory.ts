import { type Authentication, ClientAuthenticator } from './client-authenticator.port';

/** Knows clients by `Authorization: ID:PASSWORD`. */
export class MemoryClientAuthenticator extends ClientAuthenticator {
  /** @param passwords by secret id */
  constructor(private readonly passwords: ReadonlyMap<string, string>) {
    super();
  }

  authenticate(headers: Readonly<Record<string, string>>): Authentication {
    const shown = Object.hasOwn(headers, 'authorization') ? headers['authorization'] : undefined;
    for (const [secretId, password] of this.passwords) {
      if (shown === `${secretId}:${password}`) return { outcome: 'authenticated', secretId };
    }
    const reason = shown ? 'unknown client' : 'authorization is required';
    return { outcome: 'unauthorized', reason, challenge: 'Password' };
  }
}
