import { clientAuthenticatorContract } from '@sendback/domain/gateway/testing';
import { KeyPairAuthenticator } from './key-pair-authenticator';
import { httpDate, opensslSignature, signed } from './testing/sign';

jest.setTimeout(60_000);

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const keys = [
  { secretId: 'ann', secretKey: 'ZxF2wh0000000000N2oPrC' },
  { secretId: 'bob', secretKey: 'a key of bob, with spaces' },
];
const [ann] = keys as [(typeof keys)[0]];
const authenticator = new KeyPairAuthenticator({ keys, now: () => NOW });
const dated = (ms = NOW): Record<string, string> => ({ 'x-date': httpDate(ms), source: 'sendback' });
const good = signed({ ...ann, headers: dated() });
const authorized = { outcome: 'authenticated', secretId: 'ann' };
const reasonOf = (headers: Record<string, string>): unknown =>
  (authenticator.authenticate(headers) as { reason?: string }).reason;

clientAuthenticatorContract('key pairs', () => ({
  authenticator,
  headersOf: (secretId) => {
    const key = keys.find((pair) => pair.secretId === secretId) ?? { secretId, secretKey: 'made up' };
    return signed({ ...key, headers: dated() });
  },
  secrets: keys.map(({ secretKey }) => secretKey),
}));

describe('a signature made by openssl', () => {
  it.each(['hmac-sha1', 'hmac-sha256'] as const)('is accepted: %s', (algorithm) => {
    expect(authenticator.authenticate(signed({ ...ann, algorithm, headers: dated() }))).toEqual(authorized);
  });

  it.each([
    ['of X-Date alone', { 'x-date': httpDate(NOW) }],
    ['of Date', { date: httpDate(NOW), source: 'x' }],
    ['with headers in another order', { source: 'x', 'x-date': httpDate(NOW), host: 'example.com:80' }],
    ['of an empty header', { 'x-date': httpDate(NOW), source: '' }],
    ['of a header that every object has', { 'x-date': httpDate(NOW), constructor: 'x' }],
  ])('is accepted %s', (_, headers) => {
    expect(authenticator.authenticate(signed({ ...ann, headers }))).toEqual(authorized);
  });

  it('is accepted of bytes that are no ASCII, as they come off the wire', () => {
    const headers = signed({ ...ann, headers: { 'x-date': httpDate(NOW), source: '水印' } });
    const source = Buffer.from('水印').toString('latin1');
    expect(authenticator.authenticate({ ...headers, source })).toEqual(authorized);
  });

  it.each([899, 900, -899, -900])('is accepted when it is %d s old', (age) => {
    const headers = dated(NOW - age * 1_000);
    expect(authenticator.authenticate(signed({ ...ann, headers }))).toEqual(authorized);
  });
});

describe('the Authorization header', () => {
  const signature = opensslSignature({ ...ann, headers: dated() });

  it.each([
    `HMAC id="ann", algorithm="HMAC-SHA1", headers="X-Date Source", signature="${signature}"`,
    `hmac id="ann",algorithm="hmac-sha1",headers="x-date source",signature="${signature}"`,
    `hmac signature="${signature}" headers="x-date  source"  algorithm="hmac-sha1" id="ann"`,
    `hmac , id = "ann" , algorithm = "hmac-sha1", headers=" x-date source ", signature="${signature}", `,
    `hmac id="ann", more="x", algorithm="hmac-sha1", headers="x-date source", signature="${signature}"`,
  ])('may be written %s', (authorization) => {
    expect(authenticator.authenticate({ ...good, authorization })).toEqual(authorized);
  });
});

describe('the documented reason is given for', () => {
  const UNVERIFIED = 'HMAC signature cannot be verified';
  const change = (from: string | RegExp, to: string) => ({
    ...good,
    authorization: (good['authorization'] ?? '').replace(from, to),
  });
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
  const withDate = (value: string, name = 'x-date') => signed({ ...ann, headers: { [name]: value } });

  const { date: _, ...absentDate } = signed({
    ...ann,
    headers: { 'x-date': httpDate(NOW), date: 'undefined' },
  });

  it.each<[string, Record<string, string>, string]>([
    ['no Authorization', {}, `${UNVERIFIED}, a validate authorization header is required`],
    ['another scheme', { authorization: 'Bearer x' }, 'HMAC authorization format error'],
    ['the scheme alone', { authorization: 'hmac' }, 'HMAC authorization format error'],
    ['no quotes', change('id="ann"', 'id=ann'), 'HMAC authorization format error'],
    ['a parameter twice', change('id="ann"', 'id="ann", id="bob"'), 'HMAC authorization format error'],
    ['two Authorizations', change(/$/, `, ${good['authorization']}`), 'HMAC authorization format error'],
    ['a header name that is none', change('source', 'so/urce'), 'HMAC authorization format error'],
    ['too many headers', change('source', 'a '.repeat(40)), 'HMAC authorization format error'],
    ['no id', change('id="ann", ', ''), 'HMAC id or signature missing'],
    ['an empty id', change('id="ann"', 'id=""'), 'HMAC id or signature missing'],
    ['no signature', change(/, signature=.*/, ''), 'HMAC id or signature missing'],
    ['no algorithm', change(/algorithm="[^"]*", /, ''), 'HMAC authorization headers is invalidate'],
    ['no headers', change(/headers="[^"]*", /, ''), 'HMAC authorization headers is invalidate'],
    ['a header twice', change('x-date source', 'x-date X-Date'), 'HMAC do not support multiple HTTP header'],
    ['another algorithm', change('hmac-sha1', 'hmac-md5'), 'HMAC algorithm hmac-md5 not supported'],
    ['no algorithm at all', change('hmac-sha1', '<b>'), 'HMAC algorithm of that name not supported'],
    ['a header that is not there', without('source'), `${UNVERIFIED}, a valid source header is required`],
    ['an inherited one', change('source', 'toString'), `${UNVERIFIED}, a valid tostring header is required`],
    [
      'a Date that is not there beside an X-Date, and was signed as what is not there may be written',
      absentDate,
      `${UNVERIFIED}, a valid date header is required`,
    ],
    [
      'no date among the signed headers, though there is one',
      { ...signed({ ...ann, headers: { source: 'x' } }), 'x-date': httpDate(NOW) },
      `${UNVERIFIED}, a valid date or x-date header is required`,
    ],
    [
      'no X-Date',
      without('x-date'),
      `${UNVERIFIED}, a valid x-date header is required for HMAC Authentication`,
    ],
    ...['', 'yesterday', '2026-11-22T12:00:00Z', 'Sat, 22 Nov 2026 12:00:00 GMT', String(NOW)].map(
      (date): [string, Record<string, string>, string] => [
        `the X-Date ${JSON.stringify(date)}`,
        withDate(date),
        `${UNVERIFIED}, a valid x-date header is required for HMAC Authentication`,
      ],
    ),
    [
      'a Date that is none',
      withDate('x', 'date'),
      `${UNVERIFIED}, a valid date header is required for HMAC Authentication`,
    ],
    [
      'a replay of more than 900 s',
      withDate(httpDate(NOW - 901_000)),
      `${UNVERIFIED}, the x-date header is out of date for HMAC Authentication`,
    ],
    [
      'a date more than 900 s ahead',
      withDate(httpDate(NOW + 901_000)),
      `${UNVERIFIED}, the x-date header is out of date for HMAC Authentication`,
    ],
    [
      'a Date of more than 900 s',
      withDate(httpDate(NOW - 901_000), 'date'),
      `${UNVERIFIED}, the date header is out of date for HMAC Authentication`,
    ],
    [
      'an old Date made young by an X-Date that is not signed',
      { ...withDate(httpDate(NOW - 901_000), 'date'), 'x-date': httpDate(NOW) },
      `${UNVERIFIED}, the date header is out of date for HMAC Authentication`,
    ],
    ['an unknown id', change('ann', 'eve'), UNVERIFIED],
    ['the key of another', change('ann', 'bob'), 'HMAC signature does not match'],
    ['a changed header', { ...good, source: 'other' }, 'HMAC signature does not match'],
    ['a later date', { ...good, 'x-date': httpDate(NOW + 1_000) }, 'HMAC signature does not match'],
    ['another order', change('x-date source', 'source x-date'), 'HMAC signature does not match'],
    ['the other algorithm', change('hmac-sha1', 'hmac-sha256'), 'HMAC signature does not match'],
    [
      'a signature that is none',
      change(/signature="[^"]*"/, 'signature="x"'),
      'HMAC signature does not match',
    ],
  ])('%s', (_, headers, reason) => {
    expect(reasonOf(headers)).toBe(reason);
  });
});

it('challenges clients to use the scheme', () => {
  expect(authenticator.authenticate({})).toMatchObject({ challenge: 'hmac' });
});

describe('keys', () => {
  const make = (...pairs: typeof keys) => new KeyPairAuthenticator({ keys: pairs, now: () => NOW });

  it('must have ids that differ and can be sent, and not be empty', () => {
    expect(() => make(ann, { ...ann, secretKey: 'other' })).toThrow('a secretId is there twice');
    expect(() => make({ ...ann, secretKey: '' })).toThrow('the secretKey of ann is empty');
    for (const secretId of ['', 'a"b', 'a b', 'ä', 'a'.repeat(101)]) {
      expect(() => make({ ...ann, secretId })).toThrow('a secretId is not');
    }
  });
});
