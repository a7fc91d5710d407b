import type { IncomingMessage, ServerResponse } from 'node:http';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { JwtConnectPolicy } from './jwt-connect-policy';
import { parseJwksUrl } from './jwt-options';
import { claims, client, ecKey, type KeyPair, NOW, rsaKey, sign } from './testing/issuer';
import { KeyServer } from './testing/key-server';

const SECOND = 1_000;
const MINUTE = 60_000;
const [first, second, third] = [ecKey('first'), ecKey('second'), rsaKey('third')];

describe('keys behind a JWKS URL', () => {
  let server: KeyServer;
  let clock: ManualClock;
  let policy: JwtConnectPolicy;

  beforeEach(async () => {
    server = await new KeyServer().start();
    server.keys = [first.jwk];
    clock = new ManualClock(NOW);
    policy = new JwtConnectPolicy({ keys: parseJwksUrl(server.url) }, clock);
  });
  afterEach(() => server.stop());

  const admit = async ({ signer }: Pick<KeyPair, 'signer'>): Promise<unknown> =>
    policy.admit(client(await sign(signer, claims({ exp: NOW / 1_000 + 86_400 }))));
  const outcome = (key: Pick<KeyPair, 'signer'>): Promise<string> =>
    admit(key).then(
      () => 'admitted',
      (error: unknown) => (error as { code: string }).code,
    );

  it('are fetched once, however many clients come at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => outcome(first)));
    expect(new Set(all)).toEqual(new Set(['admitted']));
    expect(await outcome(first)).toBe('admitted');
    expect(server.requests).toBe(1);
  });

  it('may be of both kinds', async () => {
    server.keys = [first.jwk, third.jwk];
    expect([await outcome(first), await outcome(third)]).toEqual(['admitted', 'admitted']);
  });

  it('change: a new one is found once the last fetch is 10 seconds old', async () => {
    await outcome(first);
    server.keys = [second.jwk];
    expect(await outcome(second)).toBe('not_permitted');
    await clock.advance(10 * SECOND);
    expect(await outcome(second)).toBe('admitted');
    expect(await outcome(first)).toBe('not_permitted');
    expect(server.requests).toBe(2);
  });

  it('change: one that was withdrawn is good for 10 minutes at most', async () => {
    await outcome(first);
    server.keys = [second.jwk];
    await clock.advance(10 * MINUTE - 1);
    expect(await outcome(first)).toBe('admitted');
    await clock.advance(1);
    expect(await outcome(first)).toBe('not_permitted');
  });

  it('are not asked for at the whim of clients', async () => {
    await outcome(first);
    for (let n = 0; n < 50; n++) {
      expect(await outcome({ signer: { ...second.signer, kid: `made-up-${n}` } })).toBe('not_permitted');
    }
    expect(server.requests).toBe(1);
  });

  it('are told apart by kid', async () => {
    server.keys = [first.jwk, second.jwk];
    expect(await outcome({ signer: { alg: 'ES256', key: first.signer.key, kid: 'second' } })).toBe(
      'not_permitted',
    );
    await expect(admit({ signer: { alg: 'ES256', key: first.signer.key } })).rejects.toThrow(
      'the token must name its key by kid',
    );
  });

  it('need no kid where there is one', async () => {
    expect(await outcome({ signer: { alg: 'ES256', key: first.signer.key } })).toBe('admitted');
  });

  it('are public ones: a secret among them verifies nothing', async () => {
    const key = Buffer.alloc(32, 'k');
    server.keys = [{ kty: 'oct', k: key.toString('base64url'), kid: 'shared', alg: 'HS256' }];
    await expect(admit({ signer: { alg: 'HS256', key, kid: 'shared' } })).rejects.toThrow(
      'the algorithm of the token is not allowed',
    );
  });

  it('of which one cannot be used keep nobody out who shows another', async () => {
    const weak = rsaKey('weak', 1_024);
    server.keys = [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken' }, weak.jwk, first.jwk];
    expect(await outcome(first)).toBe('admitted');
    expect(await outcome({ signer: { ...first.signer, kid: 'broken' } })).toBe('policy_unavailable');
  });

  describe('that cannot be fetched', () => {
    it('keep everybody out, and are asked for again after 3 seconds', async () => {
      server.instead = (_, response) => void response.writeHead(500).end();
      expect([await outcome(first), await outcome(first)]).toEqual([
        'policy_unavailable',
        'policy_unavailable',
      ]);
      expect(server.requests).toBe(1);
      server.instead = null;
      await clock.advance(3 * SECOND);
      expect(await outcome(first)).toBe('admitted');
      expect(server.requests).toBe(2);
    });

    it('are used as long as that lasts, when they were fetched before', async () => {
      await outcome(first);
      await server.stop();
      await clock.advance(24 * 60 * MINUTE - MINUTE);
      expect(await outcome(first)).toBe('admitted');
      expect(await outcome(second)).toBe('policy_unavailable');
    });

    it('are found again when the server is back', async () => {
      await outcome(first);
      const { url } = server;
      await server.stop();
      await clock.advance(10 * MINUTE);
      expect(await outcome(second)).toBe('policy_unavailable');
      server = await new KeyServer().start(Number(new URL(url).port));
      server.keys = [second.jwk];
      await clock.advance(3 * SECOND);
      expect([await outcome(second), await outcome(first)]).toEqual(['admitted', 'not_permitted']);
    });

    it.each<[string, KeyServer['instead']]>([
      ['a redirect', redirectToKeys],
      ['what is no JSON', (_, response) => void response.end('<html>')],
      ['what is no key set', (_, response) => void response.end('{"keys":7}')],
      [
        'a key set that goes on and on',
        (_, response) => void response.end(`{"keys":[${' '.repeat(300_000)}]}`),
      ],
      [
        'half an answer',
        ({ socket }, response) => void (response.write('{'), setImmediate(() => socket.destroy())),
      ],
    ])('since the server gives %s, keep everybody out', async (_, instead) => {
      server.instead = instead;
      expect(await outcome(first)).toBe('policy_unavailable');
    });

    it.each<[string, KeyServer['instead']]>([
      ['says nothing', () => undefined],
      ['does not come to an end', (_, response) => void response.write('{"keys":[')],
    ])('since the server %s, are given up within 2 seconds', async (_, instead) => {
      await outcome(first);
      server.instead = instead;
      await clock.advance(10 * SECOND);
      const asked = server.nextRequest();
      const answers = Promise.all([outcome(second), outcome(first)]);
      await asked;
      await clock.advance(2 * SECOND);
      expect(await answers).toEqual(['policy_unavailable', 'admitted']);
    });
  });
});

function redirectToKeys({ url }: IncomingMessage, response: ServerResponse): void {
  if (url === '/elsewhere') response.end(JSON.stringify({ keys: [first.jwk] }));
  else response.writeHead(302, { location: '/elsewhere' }).end();
}
