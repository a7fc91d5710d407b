import { execFileSync } from 'node:child_process';

export interface Signing {
  readonly secretId: string;
  readonly secretKey: string;
  readonly algorithm?: 'hmac-sha1' | 'hmac-sha256';
  /** The headers that are signed, in that order, as they are sent. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Base64, by the openssl command in a shell: an implementation that has nothing in common with ours. */
export function opensslSignature({ secretKey, algorithm = 'hmac-sha1', headers }: Signing): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  const script = `printf %s "$TEXT" | openssl dgst -${algorithm.slice(5)} -hmac "$KEY" -binary | base64`;
  const env = { PATH: process.env['PATH'], TEXT: lines.join('\n'), KEY: secretKey };
  return execFileSync('sh', ['-c', script], { env, encoding: 'utf8' }).trim();
}

/** The headers as they are sent, with the `authorization` that they need. */
export function signed(signing: Signing): Record<string, string> {
  const { secretId, algorithm = 'hmac-sha1', headers } = signing;
  const names = Object.keys(headers).join(' ').toLowerCase();
  const signature = opensslSignature(signing);
  const authorization = `hmac id="${secretId}", algorithm="${algorithm}", headers="${names}", signature="${signature}"`;
  return { ...headers, authorization };
}

export const httpDate = (ms: number): string => new Date(ms).toUTCString();
