import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { type JWK, type JWTPayload, SignJWT } from 'jose';
import type { ConnectRequest } from '@sendback/domain/connection';

export const NOW = 1_700_000_000_000;
const HOUR = 3_600;

/** Claims of a token that is good at {@link NOW}; undefined leaves one out. */
export const claims = (more: object = {}): JWTPayload => ({
  sub: 'ann',
  exp: NOW / 1_000 + HOUR,
  ...more,
});

export interface Signer {
  readonly alg: 'HS256' | 'RS256' | 'ES256';
  readonly key: KeyObject | Uint8Array;
  readonly kid?: string;
}

export function sign(
  { alg, key, kid }: Signer,
  payload: JWTPayload = claims(),
  header = {},
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg, ...(kid && { kid }), ...header }).sign(key);
}

/** A secret as it is configured: text. */
export function newSecret(): { secret: string; signer: Signer } {
  const secret = randomBytes(24).toString('hex');
  return { secret, signer: { alg: 'HS256', key: Buffer.from(secret) } };
}

export interface KeyPair {
  readonly signer: Signer;
  readonly pem: string;
  readonly privatePem: string;
  readonly jwk: JWK;
}

export function rsaKey(kid: string, modulusLength = 2_048): KeyPair {
  return pair('RS256', kid, generateKeyPairSync('rsa', { modulusLength }));
}

export function ecKey(kid: string): KeyPair {
  return pair('ES256', kid, generateKeyPairSync('ec', { namedCurve: 'P-256' }));
}

function pair(
  alg: 'RS256' | 'ES256',
  kid: string,
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
): KeyPair {
  return {
    signer: { alg, key: privateKey, kid },
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg, use: 'sig' },
  };
}

/** A client that shows its token in the header. */
export function client(token: string): ConnectRequest {
  return { connectionId: 'a', headers: { authorization: `Bearer ${token}` }, queryString: {} };
}
