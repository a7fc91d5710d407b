import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { readEnvironment } from './environment';
import { readTlsFiles } from './pem-files';
import { pushSecrets, pushVariables } from './push-variables';
import { certificate } from './testing/certificate';

const folder = mkdtempSync(join(tmpdir(), 'sendback-pem-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, pem: string): string => {
  const path = join(folder, name);
  writeFileSync(path, pem);
  return path;
};
const [one, other] = [certificate('one'), certificate('other')];
const cert = file('one.crt', one.cert);
const key = file('one.key', one.key);
const otherCert = file('other.crt', other.cert);
const otherKey = file('other.key', other.key);
const noPem = file('nonsense', 'MC4CAQAwBQYDK2VwBCIE');
const broken = file('broken.crt', `${one.cert}${one.cert.replace(/\n[^-]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')}`);
const encrypted = join(folder, 'secret.key');
execFileSync('openssl', ['ec', '-aes128', '-passout', 'pass:s3cret', '-in', key, '-out', encrypted], {
  stdio: 'ignore',
});

describe('the files of a listener over TLS', () => {
  const read = (files: object): unknown => readTlsFiles('gateway.yaml: tls', { cert, key, ...files });

  it('are read, chains of certificates and several CAs too', () => {
    const chain = file('chain.crt', `${one.cert}${other.cert}`);
    expect(read({ cert: chain, clientCa: chain, ca: otherCert })).toEqual({
      cert: `${one.cert}${other.cert}`,
      key: one.key,
      clientCa: `${one.cert}${other.cert}`,
      ca: other.cert,
    });
    expect(read({})).toEqual(one);
  });

  it.each([
    ['is not there', 'cert', '/nowhere/a.crt', 'cannot read /nowhere/a.crt: ENOENT'],
    ['is a folder', 'cert', folder, `cannot read ${folder}: EISDIR`],
    ['is not PEM', 'cert', noPem, `${noPem} must hold certificates in PEM`],
    ['is a key', 'cert', key, `${key} must hold certificates in PEM`],
    ['is damaged', 'cert', broken, `${broken} must hold certificates in PEM`],
    ['is not PEM', 'key', noPem, `${noPem} must hold a private key in PEM, without a passphrase`],
    ['is encrypted', 'key', encrypted, `${encrypted} must hold a private key in PEM, without a passphrase`],
    ['is given as such', 'key', one.key, 'must be the path of a PEM file, not what it holds'],
    ['is that of another', 'key', otherKey, `${otherKey} is not the key to the certificate in ${cert}`],
    ['is not PEM', 'clientCa', noPem, `${noPem} must hold certificates in PEM`],
    ['is a key', 'ca', key, `${key} must hold certificates in PEM`],
  ])('are refused, naming the setting, where one %s: %s', (_, field, path, reason) => {
    expect(() => read({ [field]: path })).toThrow(new Error(`gateway.yaml: tls.${field}: ${reason}`));
  });

  it('are complained of all at once', () => {
    expect(() => read({ cert: noPem, key: noPem })).toThrow(/tls\.cert: .+\n.+tls\.key: /);
  });
});

describe('what pushing needs besides an address', () => {
  const TOKEN = '0123456789abcdef0123456789abcdef';
  const read = (env: NodeJS.ProcessEnv): unknown =>
    pushSecrets(readEnvironment(z.object({ ...pushVariables }), env));

  it('is read of the environment', () => {
    expect(read({})).toEqual({});
    expect(read({ SENDBACK_TOKEN: TOKEN, SENDBACK_CA: '' })).toEqual({ token: TOKEN });
    expect(read({ SENDBACK_CA: otherCert })).toEqual({ tls: { ca: other.cert } });
    expect(read({ SENDBACK_CERT: cert, SENDBACK_KEY: key })).toEqual({ tls: one });
  });

  it.each([
    ['a short token', { SENDBACK_TOKEN: 'x'.repeat(31) }, 'SENDBACK_TOKEN is malformed: must be 32 to 512'],
    ['a token of lines', { SENDBACK_TOKEN: `${TOKEN}\r\nHost: a` }, 'SENDBACK_TOKEN is malformed'],
    ['no file', { SENDBACK_CA: '/nowhere' }, 'SENDBACK_CA is malformed: cannot read /nowhere: ENOENT'],
    ['the key itself', { SENDBACK_KEY: one.key }, /^SENDBACK_KEY is malformed: must be the path[^-]+$/],
    ['no key', { SENDBACK_CERT: cert }, 'SENDBACK_CERT needs SENDBACK_KEY'],
    ['no certificate', { SENDBACK_KEY: key }, 'SENDBACK_KEY needs SENDBACK_CERT'],
    ['another key', { SENDBACK_CERT: cert, SENDBACK_KEY: otherKey }, 'SENDBACK_KEY is not the key to'],
  ])('is refused, naming the variable: %s', (_, env, message) => {
    expect(() => read(env)).toThrow(message);
  });
});
