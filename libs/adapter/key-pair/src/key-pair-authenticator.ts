import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Authentication, ClientAuthenticator } from '@sendback/domain/gateway';
import { type HmacAuthorization, parseAuthorization } from './authorization';
import { problemOfDate } from './signed-date';

type Headers = Readonly<Record<string, string>>;

export interface KeyPair {
  /** Public: it names the key. Printable ASCII without `"` and spaces. */
  readonly secretId: string;
  readonly secretKey: string;
}

export interface KeyPairOptions {
  readonly keys: readonly KeyPair[];
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

const SECRET_ID = /^[\x21\x23-\x7e]{1,100}$/;
const ALGORITHMS = new Map([
  ['hmac-sha1', 'sha1'],
  ['hmac-sha256', 'sha256'],
]);

/**
 * Auth type `keyPair` (contract §5): `Authorization: hmac id="…", algorithm="hmac-sha1|hmac-sha256", headers="x-date …",
 * signature="BASE64"` over the lines `name: value` of the headers that it names, with an `X-Date` or `Date` among them that
 * is at most 900 s from now. Reasons are those the cloud's gateway is documented to give.
 *
 * Nothing is remembered: until its date is 900 s old, whoever saw a signature can use it, so clients need TLS.
 */
export class KeyPairAuthenticator extends ClientAuthenticator {
  private readonly keys: ReadonlyMap<string, KeyObject>;
  /** For ids that are not known: finding out takes as long as checking. */
  private readonly decoy = createSecretKey(randomBytes(32));
  private readonly now: () => number;

  /** @throws TypeError for an id that cannot be sent, or is there twice, and for an empty key */
  constructor({ keys, now }: KeyPairOptions) {
    super();
    this.now = now;
    this.keys = new Map(keys.map((pair) => [pair.secretId, keyOf(pair)]));
    if (this.keys.size < keys.length) throw new TypeError('a secretId is there twice');
  }

  authenticate(headers: Headers): Authentication {
    const authorization = parseAuthorization(valueOf(headers, 'authorization'));
    if (typeof authorization === 'string') return unauthorized(authorization);
    const reason = this.problemOf(authorization, headers);
    return reason === null ? { outcome: 'authenticated', secretId: authorization.id } : unauthorized(reason);
  }

  private problemOf(authorization: HmacAuthorization, headers: Headers): string | null {
    const { algorithm, signedHeaders } = authorization;
    const hash = ALGORITHMS.get(algorithm.toLowerCase());
    if (hash === undefined) return `HMAC algorithm ${nameable(algorithm)} not supported`;
    return (
      problemOfDate(signedHeaders, headers, this.now()) ??
      problemOfAbsence(signedHeaders, headers) ??
      this.problemOfSignature(authorization, hash, headers)
    );
  }

  private problemOfSignature(
    { id, signedHeaders, signature }: HmacAuthorization,
    hash: string,
    headers: Headers,
  ): string | null {
    const lines = signedHeaders.map((name) => `${name}: ${headers[name]}`).join('\n');
    const key = this.keys.get(id);
    // Node reads headers as latin1: so these are the bytes that were sent.
    const expected = createHmac(hash, key ?? this.decoy)
      .update(lines, 'latin1')
      .digest('base64');
    const matches = isEqual(signature, expected);
    if (!key) return 'HMAC signature cannot be verified';
    return matches ? null : 'HMAC signature does not match';
  }
}

function keyOf({ secretId, secretKey }: KeyPair): KeyObject {
  if (!SECRET_ID.test(secretId))
    throw new TypeError('a secretId is not 1 to 100 printable characters without "');
  if (secretKey === '') throw new TypeError(`the secretKey of ${secretId} is empty`);
  return createSecretKey(secretKey, 'utf8');
}

function problemOfAbsence(signedHeaders: readonly string[], headers: Headers): string | null {
  const absent = signedHeaders.find((name) => valueOf(headers, name) === undefined);
  return absent === undefined
    ? null
    : `HMAC signature cannot be verified, a valid ${absent} header is required`;
}

/** Not what every object inherits. */
function valueOf(headers: Headers, name: string): string | undefined {
  return Object.hasOwn(headers, name) ? headers[name] : undefined;
}

/** The documented reason repeats the algorithm: only what may be one. */
function nameable(algorithm: string): string {
  return /^[\w-]{1,32}$/.test(algorithm) ? algorithm : 'of that name';
}

/** The lengths of both are known to everybody. */
function isEqual(shown: string, expected: string): boolean {
  const [a, b] = [Buffer.from(shown, 'latin1'), Buffer.from(expected, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unauthorized(reason: string): Authentication {
  return { outcome: 'unauthorized', reason, challenge: 'hmac' };
}
