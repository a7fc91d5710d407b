import { execFileSync } from 'node:child_process';

const SCRIPT = `{ printf '%s.%s.' "$ID" "$TIMESTAMP"; cat; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A`;

/** The headers of Standard Webhooks, by another implementation than ours. */
export function opensslSignature(
  key: Buffer,
  body: string,
  id = 'request-1',
  timestamp = Math.floor(Date.now() / 1_000),
): Record<string, string> {
  const env = { PATH: process.env['PATH'], ID: id, TIMESTAMP: String(timestamp), KEY: key.toString('hex') };
  const signature = execFileSync('sh', ['-c', SCRIPT], { env, input: body, encoding: 'utf8' });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}
