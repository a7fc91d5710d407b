import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Makes `NAME.pem` and `NAME.key`: a certificate for 127.0.0.1, for a day, which is its own CA. */
export function certify(folder: string, name: string, commonName: string): void {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', `/CN=${commonName}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
  execFileSync('openssl', ['req', ...kind, ...names, ...files], { stdio: 'ignore' });
}
