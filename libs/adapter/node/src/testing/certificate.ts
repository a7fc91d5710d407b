import { execFileSync } from 'node:child_process';

/** A key and a certificate of it for 127.0.0.1, for a day, which is its own CA. */
export function certificate(name: string): { cert: string; key: string } {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const pem = execFileSync('openssl', ['req', ...kind, ...names, '-keyout', '-', '-out', '-'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [key = '', cert = ''] = pem.split(/(?=-----BEGIN CERTIFICATE-----)/);
  return { cert, key };
}
