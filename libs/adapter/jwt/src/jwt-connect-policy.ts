import {
  type Admission,
  BadUserId,
  ConnectPolicy,
  type ConnectRequest,
  NotPermitted,
  parseUserId,
} from '@sendback/domain/connection';
import type { Clock } from '@sendback/domain/runtime';
import { findToken } from './find-token';
import type { JwtOptions } from './jwt-options';
import { TokenVerifier } from './token-verifier';

/**
 * Lets in whoever shows a JSON Web Token that is signed, not expired (30 seconds of clock skew are allowed, `exp` is
 * required) and for us. The connection belongs to the user that the token names.
 */
export class JwtConnectPolicy extends ConnectPolicy {
  private verifier: Promise<TokenVerifier> | null = null;

  constructor(
    private readonly options: JwtOptions,
    private readonly clock: Clock,
  ) {
    super();
  }

  async admit(request: ConnectRequest): Promise<Admission> {
    const token = findToken(request);
    this.verifier ??= this.load();
    const claims = await (await this.verifier).verify(token);
    return { userId: this.userOf(claims) };
  }

  /** When the first client comes: a function that is only loaded has no time for it. */
  private async load(): Promise<TokenVerifier> {
    return new TokenVerifier(await import('jose'), this.options, this.clock);
  }

  private userOf(claims: Readonly<Record<string, unknown>>): string {
    const { userClaim = 'sub' } = this.options;
    try {
      const user = Object.hasOwn(claims, userClaim) ? claims[userClaim] : undefined;
      return parseUserId(user, `the claim "${userClaim}" of the token`);
    } catch (error) {
      throw error instanceof BadUserId ? new NotPermitted(error.message) : error;
    }
  }
}
