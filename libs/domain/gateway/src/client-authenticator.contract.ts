import type { Authentication, ClientAuthenticator } from './client-authenticator.port';

type Headers = Readonly<Record<string, string>>;

export interface ClientAuthenticatorHarness {
  /** Knows the clients `ann` and `bob`. */
  readonly authenticator: ClientAuthenticator;
  /** What a client sends that has the secret of that id, or, for an id that is not known, makes one up. */
  headersOf(secretId: string): Headers;
  /** What no answer may repeat. */
  readonly secrets: readonly string[];
}

/** What every ClientAuthenticator promises. */
export function clientAuthenticatorContract(name: string, start: () => ClientAuthenticatorHarness): void {
  describe(`ClientAuthenticator on ${name}`, () => {
    let harness: ClientAuthenticatorHarness;
    const authenticate = (headers: Headers): Authentication => harness.authenticator.authenticate(headers);
    const unauthorized = {
      outcome: 'unauthorized',
      reason: expect.stringMatching(/^[\x20-\x7e]{1,200}$/) as string,
      challenge: expect.stringMatching(/^[\w!#$%&'*+.^`|~-]+(?: [\x20-\x7e]{1,200})?$/) as string,
    };

    beforeEach(() => {
      harness = start();
    });

    it.each(['ann', 'bob'])('knows %s, however often', (secretId) => {
      const headers = harness.headersOf(secretId);
      for (let time = 0; time < 3; time++) {
        expect(authenticate(headers)).toEqual({ outcome: 'authenticated', secretId });
      }
    });

    it('knows a client among other headers', () => {
      const headers = { host: 'example.com', cookie: 'a=b', ...harness.headersOf('ann') };
      expect(authenticate(headers)).toEqual({ outcome: 'authenticated', secretId: 'ann' });
    });

    it('knows nobody who shows nothing', () => {
      expect(authenticate({})).toEqual(unauthorized);
      expect(authenticate({ host: 'example.com' })).toEqual(unauthorized);
    });

    it.each(['eve', 'ANN', '__proto__', 'constructor', ''])('does not know %j', (secretId) => {
      expect(authenticate(harness.headersOf(secretId))).toEqual(unauthorized);
    });

    it('is not convinced by what another showed under a changed id', () => {
      for (const [header, value] of Object.entries(harness.headersOf('ann'))) {
        const headers = { ...harness.headersOf('ann'), [header]: value.replaceAll('ann', 'bob') };
        if (headers[header] !== value) expect(authenticate(headers)).toEqual(unauthorized);
      }
    });

    it('needs everything that a client shows', () => {
      for (const header of Object.keys(harness.headersOf('ann'))) {
        const { [header]: _, ...rest } = harness.headersOf('ann');
        expect(authenticate(rest)).toEqual(unauthorized);
        expect(authenticate({ ...rest, [header]: '' })).toEqual(unauthorized);
      }
    });

    it('is not convinced by a changed character anywhere', () => {
      for (const [header, value] of Object.entries(harness.headersOf('ann'))) {
        for (let at = 0; at < value.length; at++) {
          const other = value[at] === '~' ? '!' : '~';
          const changed = value.slice(0, at) + other + value.slice(at + 1);
          const answer = authenticate({ ...harness.headersOf('ann'), [header]: changed });
          // What parts two words may be written otherwise.
          if (answer.outcome === 'authenticated') expect(value[at]).toMatch(/[\s,]/);
        }
      }
    });

    it.each([
      ['long', 'x'.repeat(16_384)],
      ['commas', ','.repeat(16_384)],
      ['quotes', '"'.repeat(16_384)],
      ['spaces', ' '.repeat(16_384)],
      ['bytes', Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')],
      ['repeated', 'hmac id="ann", '.repeat(1_000)],
    ])('answers hostile headers: %s', (_, value) => {
      const headers = harness.headersOf('ann');
      for (const header of Object.keys(headers)) {
        for (const hostile of [value, `${headers[header]}${value}`, `${value}${headers[header]}`]) {
          const answer = authenticate({ ...headers, [header]: hostile });
          if (hostile.trim() !== headers[header]) expect(answer).toEqual(unauthorized);
        }
      }
    });

    it('repeats no secret, and changes no headers', () => {
      for (const secretId of ['ann', 'eve']) {
        const headers = Object.freeze(harness.headersOf(secretId));
        const told = JSON.stringify([
          authenticate(headers),
          authenticate({ ...headers, authorization: 'x' }),
        ]);
        for (const secret of harness.secrets) expect(told).not.toContain(secret);
      }
    });
  });
}
