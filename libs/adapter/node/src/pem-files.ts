import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from './environment';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** What a listener over TLS needs; contents of PEM files. */
export interface TlsPem {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
  /** Of other listeners, where cert and key are shown to them too. */
  readonly ca?: string;
}

type TlsFiles = Pick<TlsPem, 'cert' | 'key'> & { readonly [F in 'clientCa' | 'ca']?: string | undefined };

/**
 * Reads the files of a setting with the fields of {@link TlsPem}.
 * @param setting stands before the field's name in messages
 * @throws ConfigError with a line for every field whose file cannot be used; never with what a file holds
 */
export function readTlsFiles(setting: string, files: TlsFiles): TlsPem {
  const problems: string[] = [];
  const read = (field: keyof TlsPem, parse: (file: string) => string): string => {
    try {
      return parse(files[field] ?? '');
    } catch (error) {
      problems.push(`${setting}.${field}: ${error instanceof Error ? error.message : String(error)}`);
      return '';
    }
  };
  const cert = read('cert', readCertificates);
  const key = read('key', readPrivateKey);
  const cas = {
    ...(files.clientCa !== undefined && { clientCa: read('clientCa', readCertificates) }),
    ...(files.ca !== undefined && { ca: read('ca', readCertificates) }),
  };
  if (problems.length === 0 && !belongTogether(cert, key)) {
    problems.push(`${setting}.key: ${files.key} is not the key to the certificate in ${files.cert}`);
  }
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return { cert, key, ...cas };
}

/** @throws Error naming the file, which must hold one certificate at least, and only such as can be read */
export function readCertificates(file: string): string {
  const pem = readPem(file);
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) {
    throw new Error(`${file} must hold certificates in PEM`);
  }
  return pem;
}

/** @throws Error naming the file, which must hold a private key without a passphrase */
export function readPrivateKey(file: string): string {
  const pem = readPem(file);
  try {
    createPrivateKey(pem);
  } catch {
    // OpenSSL's own message would not say more, and might quote.
    throw new Error(`${file} must hold a private key in PEM, without a passphrase`);
  }
  return pem;
}

/** Whether the key is that of the first certificate. */
export function belongTogether(cert: string, key: string): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}

function readPem(file: string): string {
  // Whoever put the key itself where its path belongs does not want to read it in a log.
  if (/-----BEGIN|\n/.test(file)) throw new Error('must be the path of a PEM file, not what it holds');
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`, {
      cause: error,
    });
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
