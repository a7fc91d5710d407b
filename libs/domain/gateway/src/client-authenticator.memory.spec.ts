import { clientAuthenticatorContract } from './client-authenticator.contract';
import { MemoryClientAuthenticator } from './client-authenticator.memory';

const passwords = new Map([
  ['ann', 'open sesame'],
  ['bob', 'hello world'],
]);

clientAuthenticatorContract('memory', () => ({
  authenticator: new MemoryClientAuthenticator(passwords),
  headersOf: (secretId) => ({ authorization: `${secretId}:${passwords.get(secretId) ?? 'made up'}` }),
  secrets: [...passwords.values()],
}));
