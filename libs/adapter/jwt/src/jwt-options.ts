import { createPublicKey, type KeyObject } from 'node:crypto';

/** Of an HS256 secret: as long as the hash it feeds (RFC 7518 §3.2). */
const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;

/** What tokens are signed with; the kind of key alone decides on the algorithm. */
export type JwtKeys =
  /** HS256. */
  | { readonly secret: Uint8Array }
  /** RS256. */
  | { readonly publicKey: KeyObject }
  /** RS256 or ES256: a JWK set, in which a token names its key by `kid`. */
  | { readonly jwksUrl: URL };

export interface JwtOptions {
  /** From one of the parsers below. */
  readonly keys: JwtKeys;
  /** What `iss` must be; any by default. */
  readonly issuer?: string | undefined;
  /** What `aud` must be or hold; any by default. */
  readonly audience?: string | undefined;
  /** The claim that names the user; `sub` by default. */
  readonly userClaim?: string | undefined;
}

/** @throws Error that does not repeat the value */
export function parseSecret(value: string): JwtKeys {
  const secret = Buffer.from(value);
  if (secret.length < MIN_SECRET_BYTES) throw new Error(`must have at least ${MIN_SECRET_BYTES} bytes`);
  return { secret };
}

/**
 * @param value PEM of an RSA public key or of a certificate; `\n` may stand for a line break
 * @throws Error that does not repeat the value
 */
export function parsePublicKey(value: string): JwtKeys {
  const pem = value.replaceAll('\\n', '\n');
  // Node would take its public half.
  if (pem.includes('PRIVATE KEY')) throw new Error('must be the public key, not the private one');
  const publicKey = readPem(pem);
  const { modulusLength = 0 } = publicKey.asymmetricKeyDetails ?? {};
  if (publicKey.asymmetricKeyType !== 'rsa' || modulusLength < MIN_RSA_BITS) {
    throw new Error(`must be an RSA key of at least ${MIN_RSA_BITS} bits`);
  }
  return { publicKey };
}

/** @throws Error that does not repeat the value */
export function parseJwksUrl(value: string): JwtKeys {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) throw new Error('must be https://… or http://…');
  const jwksUrl = new URL(value);
  if (jwksUrl.username !== '' || jwksUrl.password !== '') throw new Error('must not hold a password');
  return { jwksUrl };
}

function readPem(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new Error('must be a public key in PEM: -----BEGIN PUBLIC KEY-----…');
  }
}
