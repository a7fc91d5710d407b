import { readConfig } from './config';

const required = { DATABASE_URL: 'sqlite:unused.db', SENDBACK_URL: 'http://127.0.0.1:8081/api-1' };
const SECRET = 'never-repeated-never-repeated-never';

const complaint = (environment: Record<string, string>): string => {
  try {
    readConfig({ ...required, ...environment });
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('the tokens of clients', () => {
  it('are not needed, and an empty variable asks for none', () => {
    expect(complaint({ JWT_SECRET: '', JWT_PUBLIC_KEY: '', JWT_JWKS_URL: '', JWT_ISSUER: '' })).toBe('none');
  });

  it.each([
    [{ JWT_SECRET: 'never-repeated' }, 'JWT_SECRET is malformed: must have at least 32 bytes'],
    [{ JWT_PUBLIC_KEY: SECRET }, 'JWT_PUBLIC_KEY is malformed: must be a public key in PEM'],
    [{ JWT_JWKS_URL: SECRET }, 'JWT_JWKS_URL is malformed: must be https://… or http://…'],
    [
      { JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://id.example/keys' },
      'JWT_JWKS_URL is malformed: only one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL may be set',
    ],
    [{ JWT_ISSUER: 'id' }, 'JWT_ISSUER is malformed: needs one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL'],
    [{ JWT_AUDIENCE: 'chat' }, 'JWT_AUDIENCE is malformed: needs one of'],
    [{ JWT_USER_CLAIM: 'email' }, 'JWT_USER_CLAIM is malformed: needs one of'],
  ])('are configured wrongly: %j', (environment, message) => {
    expect(complaint(environment)).toContain(message);
    expect(complaint(environment)).not.toContain('never-repeated');
  });
});
