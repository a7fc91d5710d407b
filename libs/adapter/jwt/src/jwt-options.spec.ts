import { parseJwksUrl, parsePublicKey, parseSecret } from './jwt-options';
import { CERTIFICATE } from './testing/certificate';
import { ecKey, rsaKey } from './testing/issuer';

const rsa = rsaKey('rsa');

describe('the secret of tokens', () => {
  it('has at least 32 bytes', () => {
    expect(parseSecret('ä'.repeat(16))).toEqual({ secret: Buffer.from('ä'.repeat(16)) });
    expect(() => parseSecret('x'.repeat(31))).toThrow('must have at least 32 bytes');
  });
});

describe('the public key of tokens', () => {
  it.each([
    ['PEM', rsa.pem],
    ['PEM in one line', rsa.pem.replaceAll('\n', '\\n')],
    ['PEM of a certificate', CERTIFICATE],
  ])('is %s', (_, value) => {
    expect(parsePublicKey(value)).toMatchObject({ publicKey: { type: 'public', asymmetricKeyType: 'rsa' } });
  });

  it.each([
    ['a private key', rsa.privatePem, 'not the private one'],
    ['an elliptic curve', ecKey('ec').pem, 'must be an RSA key'],
    ['a weak key', rsaKey('weak', 1_024).pem, 'at least 2048 bits'],
    ['a password', 'hunter2', 'must be a public key in PEM'],
  ])('is not %s, and it is not repeated', (_, value, message) => {
    expect(() => parsePublicKey(value)).toThrow(message);
    expect(() => parsePublicKey(value)).not.toThrow(value);
  });
});

describe('the URL of keys', () => {
  it('is HTTP or HTTPS', () => {
    const url = 'https://id.example/.well-known/jwks.json';
    expect(parseJwksUrl(url)).toEqual({ jwksUrl: new URL(url) });
  });

  it.each(['', 'id.example', 'file:///etc/passwd', 'http://', 'https://ann:secret@id.example'])(
    'is not %j, and it is not repeated',
    (value) => {
      expect(() => parseJwksUrl(value)).toThrow(/^must /);
      expect(() => parseJwksUrl(value)).not.toThrow('secret');
    },
  );
});
