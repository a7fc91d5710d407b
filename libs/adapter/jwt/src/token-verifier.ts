import { NotPermitted, PolicyUnavailable } from '@sendback/domain/connection';
import { type Clock, DomainError } from '@sendback/domain/runtime';
import type * as Jose from 'jose';
import type { JwtKeys, JwtOptions } from './jwt-options';
import { RemoteKeys } from './remote-keys';

const CLOCK_SKEW_SECONDS = 30;

/** Checks tokens with jose. */
export class TokenVerifier {
  private readonly key: Jose.JWTVerifyGetKey;
  private readonly checks: Jose.JWTVerifyOptions;

  /** @param jose loaded by whoever knows that it is needed */
  constructor(
    private readonly jose: typeof Jose,
    { keys, issuer, audience }: JwtOptions,
    private readonly clock: Clock,
  ) {
    this.key = keyOf(keys, jose, clock);
    this.checks = {
      algorithms: algorithmsOf(keys),
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  /**
   * The claims of the token.
   * @throws NotPermitted
   * @throws PolicyUnavailable
   */
  async verify(token: string): Promise<Jose.JWTPayload> {
    try {
      const currentDate = new Date(this.clock.now());
      const { payload } = await this.jose.jwtVerify(token, this.key, { ...this.checks, currentDate });
      return payload;
    } catch (error) {
      if (error instanceof DomainError) throw error;
      const complaint = this.complaintOf(error);
      // What jose throws may hold the claims: neither clients nor logs are told more than the complaint.
      if (complaint !== undefined) throw new NotPermitted(complaint);
      throw new PolicyUnavailable('the token could not be checked', { cause: error });
    }
  }

  /** What is wrong with the token; undefined when it is not the token. */
  private complaintOf(error: unknown): string | undefined {
    const { JOSEError, JWTClaimValidationFailed } = this.jose.errors;
    if (error instanceof JWTClaimValidationFailed) return aboutClaim(error);
    return error instanceof JOSEError ? COMPLAINTS[error.code] : undefined;
  }
}

function keyOf(keys: JwtKeys, jose: typeof Jose, clock: Clock): Jose.JWTVerifyGetKey {
  if ('secret' in keys) return () => keys.secret;
  if ('publicKey' in keys) return () => keys.publicKey;
  const remote = new RemoteKeys(jose, keys.jwksUrl, clock);
  return (header, token) => remote.find(header, token);
}

/** Never what the token says: it must not choose how it is checked. */
function algorithmsOf(keys: JwtKeys): string[] {
  if ('secret' in keys) return ['HS256'];
  return 'publicKey' in keys ? ['RS256'] : ['RS256', 'ES256'];
}

const COMPLAINTS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the signature of the token is wrong',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the algorithm of the token is not allowed',
  ERR_JWKS_NO_MATCHING_KEY: 'the token is signed with an unknown key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'the token must name its key by kid',
  ERR_JWS_INVALID: 'the token is malformed',
  ERR_JWT_INVALID: 'the token is malformed',
  ERR_JOSE_NOT_SUPPORTED: 'the token asks for what is not supported',
};

function aboutClaim({ claim, reason }: Jose.errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `the token has no claim "${claim}"`;
  if (claim === 'nbf' && reason === 'check_failed') return 'the token is not valid yet';
  return `the claim "${claim}" of the token is wrong`;
}
