import { ManualClock } from '@sendback/domain/runtime/testing';
import { connectPolicyContract } from '@sendback/domain/connection/testing';
import type { ConnectRequest } from '@sendback/domain/connection';
import { JwtConnectPolicy } from './jwt-connect-policy';
import { type JwtKeys, type JwtOptions, parseJwksUrl, parsePublicKey, parseSecret } from './jwt-options';
import { claims, client, ecKey, newSecret, NOW, rsaKey, sign, type Signer } from './testing/issuer';
import { KeyServer } from './testing/key-server';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const clock = new ManualClock(NOW);
const { secret, signer } = newSecret();
const rsa = rsaKey('rsa');
const ec = ecKey('ec');

const policyOf = (keys: JwtKeys, more: Partial<JwtOptions> = {}): JwtConnectPolicy =>
  new JwtConnectPolicy({ keys, ...more }, clock);

async function clientsOf(good: Signer): Promise<{
  admitted: { request: ConnectRequest; userId: string }[];
  refused: { request: ConnectRequest; secret: string }[];
}> {
  const expired = await sign(good, claims({ exp: NOW / 1_000 - 31 }));
  const forged = await sign({ ...newSecret().signer });
  return {
    admitted: [
      { request: client(await sign(good)), userId: 'ann' },
      { request: client(await sign(good, claims({ sub: 'bob' }))), userId: 'bob' },
    ],
    refused: [expired, forged, 'nonsense'].map((token) => ({ request: client(token), secret: token })),
  };
}

connectPolicyContract('JWT with a secret', async () => ({
  policy: policyOf(parseSecret(secret)),
  ...(await clientsOf(signer)),
  away: null,
  close: async () => undefined,
}));

connectPolicyContract('JWT with a public key', async () => ({
  policy: policyOf(parsePublicKey(rsa.pem)),
  ...(await clientsOf(rsa.signer)),
  away: null,
  close: async () => undefined,
}));

connectPolicyContract('JWT with a JWK set', async () => {
  const server = await new KeyServer().start();
  const gone = await new KeyServer().start();
  const away = policyOf(parseJwksUrl(gone.url));
  await gone.stop();
  server.keys = [rsa.jwk, ec.jwk];
  return {
    policy: policyOf(parseJwksUrl(server.url)),
    ...(await clientsOf(ec.signer)),
    away,
    close: () => server.stop(),
  };
});

describe('a client with a token', () => {
  const policy = policyOf(parseSecret(secret));
  const none = { connectionId: 'a', headers: {}, queryString: {} };

  it.each<[string, (token: string) => ConnectRequest]>([
    ['in the header', (token) => ({ ...none, headers: { authorization: `Bearer ${token}` } })],
    ['in the header, in lower case', (token) => ({ ...none, headers: { authorization: `bearer ${token}` } })],
    ['as token in the query string', (token) => ({ ...none, queryString: { token } })],
    ['as access_token in the query string', (token) => ({ ...none, queryString: { access_token: token } })],
    [
      'in the query string, with another kind of authorization in the header',
      (token) => ({ ...none, headers: { authorization: 'hmac id="x"' }, queryString: { token } }),
    ],
    [
      'in the header, and another one in the query string',
      (token) => ({
        ...none,
        headers: { authorization: `Bearer ${token}` },
        queryString: { token: 'nonsense' },
      }),
    ],
  ])('may show it %s', async (_, request) => {
    expect(await policy.admit(request(await sign(signer)))).toEqual({ userId: 'ann' });
  });

  it.each([
    ['nothing', none],
    ['an empty header', { ...none, headers: { authorization: '' } }],
    ['an empty token', { ...none, queryString: { token: '' } }],
    ['what is no text', { ...none, headers: { authorization: ['Bearer x'] }, queryString: { token: {} } }],
  ])('is needed: %s is refused', async (_, request) => {
    await expect(policy.admit(request)).rejects.toThrow('a token is missing');
  });

  it('is let in up to 30 seconds after it expired, and before it begins', async () => {
    const now = NOW / 1_000;
    for (const [exp, nbf] of [
      [now - 29, now],
      [now + 60, now + 30],
    ]) {
      expect(await policy.admit(client(await sign(signer, claims({ exp, nbf }))))).toEqual({
        userId: 'ann',
      });
    }
  });

  const of = (payload: object): Promise<string> => sign(signer, claims(payload));
  it.each<[string, () => Promise<string>, string]>([
    ['expired', () => of({ exp: NOW / 1_000 - 30 }), 'the token has expired'],
    ['without an end', () => of({ exp: undefined }), 'the token has no claim "exp"'],
    ['with an end that is no number', () => of({ exp: 'never' }), 'the claim "exp" of the token is wrong'],
    ['of the future', () => of({ nbf: NOW / 1_000 + 31 }), 'the token is not valid yet'],
    ['without a user', () => of({ sub: undefined }), 'the claim "sub" of the token must be'],
    ['with an empty user', () => of({ sub: '' }), 'the claim "sub" of the token must be'],
    [
      'with a user that is no text',
      () => of({ sub: { name: 'ann' } }),
      'the claim "sub" of the token must be',
    ],
    ['with too long a user', () => of({ sub: 'a'.repeat(129) }), 'must not be longer'],
    ['of another secret', () => sign(newSecret().signer), 'the signature of the token is wrong'],
    ['of another algorithm', () => sign(rsa.signer), 'the algorithm of the token is not allowed'],
    ['with an unknown critical header', () => critical(), 'asks for what is not supported'],
    ['without a signature', async () => `${base64url({ alg: 'none' })}.${base64url(claims())}.`, 'algorithm'],
    ['whose signature is left out', async () => (await sign(signer)).replace(/[^.]+$/, ''), 'signature'],
    ['that is changed', async () => changed(await sign(signer)), 'the signature of the token is wrong'],
    ['that is huge', async () => `${await sign(signer)}${'A'.repeat(16_384)}`, 'the token is too long'],
    ['whose claims are no object', () => signed('[]'), 'the token is malformed'],
    ['whose claims are no JSON', () => signed('{'), 'the token is malformed'],
  ])('is refused when it is one %s', async (_, token, message) => {
    const shown = await token();
    const refusal = await policy.admit(client(shown)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'not_permitted' });
    expect((refusal as Error).message).toContain(message);
    expect((refusal as Error).message).not.toContain(shown);
    expect((refusal as Error).cause).toBeUndefined();
  });

  it.each([
    '.',
    '..',
    '...',
    'a.b',
    'a.b.c',
    '{}.{}.{}',
    'e30.e30.e30',
    '€.€.€',
    '\0.\0.\0',
    'null.null.null',
  ])('is refused when it is %j', async (token) => {
    const request = { ...none, queryString: { token } };
    await expect(policy.admit(request)).rejects.toMatchObject({ code: 'not_permitted' });
  });

  it('is never let in when one character of the token is changed', async () => {
    const token = await sign(signer);
    // Of the last one, base64url leaves bits unused.
    for (let at = 0; at < token.length - 1; at++) {
      const other = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      await expect(policy.admit(client(other))).rejects.toMatchObject({ code: 'not_permitted' });
    }
  });

  function critical(): Promise<string> {
    const header = base64url({ alg: 'HS256', crit: ['x'], x: 1 });
    return Promise.resolve(`${header}.${base64url(claims())}.AAAA`);
  }

  async function signed(payload: string): Promise<string> {
    const { createHmac } = await import('node:crypto');
    const input = `${base64url({ alg: 'HS256' })}.${Buffer.from(payload).toString('base64url')}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }

  const changed = (token: string): string =>
    token.replace(/\.[^.]+\./, `.${base64url(claims({ sub: 'bob' }))}.`);
});

describe('what a token must hold', () => {
  const token = (payload: object): Promise<string> => sign(signer, claims(payload));

  it('is the issuer and the audience, where they are configured', async () => {
    const policy = policyOf(parseSecret(secret), { issuer: 'https://id.example', audience: 'chat' });
    const good = { iss: 'https://id.example', aud: 'chat' };
    expect(await policy.admit(client(await token(good)))).toEqual({ userId: 'ann' });
    expect(await policy.admit(client(await token({ ...good, aud: ['web', 'chat'] })))).toBeTruthy();
    for (const [bad, message] of [
      [{ ...good, iss: 'https://evil.example' }, 'the claim "iss" of the token is wrong'],
      [{ ...good, aud: ['web'] }, 'the claim "aud" of the token is wrong'],
      [{ aud: 'chat' }, 'the token has no claim "iss"'],
      [{ iss: 'https://id.example' }, 'the token has no claim "aud"'],
    ] as const) {
      await expect(policy.admit(client(await token(bad)))).rejects.toThrow(message);
    }
  });

  it('is the user, in the claim that is configured', async () => {
    const policy = policyOf(parseSecret(secret), { userClaim: 'email' });
    expect(await policy.admit(client(await token({ email: 'ann@example.org' })))).toEqual({
      userId: 'ann@example.org',
    });
    await expect(policy.admit(client(await token({})))).rejects.toThrow('the claim "email" of the token');
    const inherited = policyOf(parseSecret(secret), { userClaim: 'toString' });
    await expect(inherited.admit(client(await token({})))).rejects.toThrow('the claim "toString"');
  });
});

describe('a public key', () => {
  it('verifies nothing that was signed with it as a secret', async () => {
    const policy = policyOf(parsePublicKey(rsa.pem));
    for (const key of [rsa.pem, rsa.pem.trim()]) {
      const token = await sign({ alg: 'HS256', key: Buffer.from(key) });
      await expect(policy.admit(client(token))).rejects.toThrow('the algorithm of the token is not allowed');
    }
  });

  it('is the configured one, whatever key the token carries along', async () => {
    const policy = policyOf(parsePublicKey(rsa.pem));
    const other = rsaKey('rsa');
    const token = await sign(other.signer, claims(), { jwk: other.jwk, jku: 'http://127.0.0.1:9/' });
    await expect(policy.admit(client(token))).rejects.toThrow('the signature of the token is wrong');
  });
});
