import { createHmac } from 'node:crypto';
import { RegistrationHandler } from '@sendback/adapter/scf';
import { AllowEveryone, ConnectPolicy } from '@sendback/domain/connection';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import type { Container } from 'inversify';
import { composeRegister } from './compose';
import { readConfig } from './config';

const compose = (more: Record<string, string> = {}): Container => {
  const required = { DATABASE_URL: 'sqlite:unused.db', SENDBACK_URL: 'http://127.0.0.1:8081/api-1' };
  return composeRegister(readConfig({ ...required, ...more }), new MemoryLog());
};

const SECRET = 'a secret of more than thirty-two bytes';
const tokens = { JWT_SECRET: SECRET, JWT_ISSUER: 'id', JWT_AUDIENCE: 'chat', JWT_USER_CLAIM: 'email' };

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenOf(claims: object): string {
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const input = `${base64url({ alg: 'HS256' })}.${base64url({ exp, ...claims })}`;
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
}

it('the registration function is wired', () => {
  expect(compose().get(RegistrationHandler)).toBeInstanceOf(RegistrationHandler);
});

it('everybody may connect unless a key for tokens is configured', () => {
  expect(compose().get(ConnectPolicy)).toBeInstanceOf(AllowEveryone);
});

it('a token is checked for all that is configured, and says who the user is', async () => {
  const policy = compose(tokens).get(ConnectPolicy);
  const request = (claims: object) => ({
    connectionId: 'a',
    headers: {},
    queryString: { token: tokenOf(claims) },
  });
  const good = { iss: 'id', aud: 'chat', email: 'ann@example.org', sub: '7' };
  expect(await policy.admit(request(good))).toEqual({ userId: 'ann@example.org' });
  for (const bad of [{ iss: 'other' }, { aud: 'other' }, { email: '' }]) {
    await expect(policy.admit(request({ ...good, ...bad }))).rejects.toMatchObject({ code: 'not_permitted' });
  }
});

it('a client without a token is refused with 203', async () => {
  const event = { requestContext: {}, websocket: { action: 'connecting', secConnectionID: 'a' } };
  expect(await compose(tokens).get(RegistrationHandler).handle(event)).toEqual({
    errNo: 203,
    errMsg: 'a token is missing',
  });
});
