import { createHash, createHmac, type BinaryLike } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const sha256 = (data: BinaryLike): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: BinaryLike, data: string): Buffer => createHmac('sha256', key).update(data).digest();

export interface Credential {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

/**
 * Signature method v3 of Tencent Cloud's APIs, as its documents describe it, for a POST of JSON to `/`.
 * @returns the code of the error that the API answers with, or null
 */
export function tc3Refusal(
  headers: IncomingHttpHeaders,
  body: Buffer,
  { secretId, secretKey, token }: Credential,
): string | null {
  const form =
    /^TC3-HMAC-SHA256 Credential=([^/]+)\/([^/]+)\/([^/]+)\/tc3_request, SignedHeaders=([a-z;-]+), Signature=([0-9a-f]{64})$/;
  const [, id, date = '', service = '', names = '', signature] = form.exec(headers.authorization ?? '') ?? [];
  if (!signature) return 'AuthFailure.InvalidAuthorization';
  if (id !== secretId) return 'AuthFailure.SecretIdNotFound';
  if (headers['x-tc-token'] !== token) return 'AuthFailure.TokenFailure';
  const timestamp = Number(headers['x-tc-timestamp']);
  if (!(Math.abs(Date.now() / 1_000 - timestamp) < 300)) return 'AuthFailure.SignatureExpire';
  // The host is signed without the port; on Tencent's endpoints there is none.
  const host = headers.host?.replace(/:\d+$/, '') ?? '';
  const day = new Date(timestamp * 1_000).toISOString().slice(0, 10);
  const isScoped =
    date === day && service === host.split('.')[0] && /(^|;)content-type;host(;|$)/.test(names);
  if (!isScoped) return 'AuthFailure.SignatureFailure';
  const signedHeaders = names
    .split(';')
    .map((name) => `${name}:${name === 'host' ? host : String(headers[name])}\n`);
  const canonical = ['POST', '/', '', signedHeaders.join(''), names, sha256(body)].join('\n');
  const toSign = ['TC3-HMAC-SHA256', timestamp, `${date}/${service}/tc3_request`, sha256(canonical)].join(
    '\n',
  );
  const key = hmac(hmac(hmac(`TC3${secretKey}`, date), service), 'tc3_request');
  return hmac(key, toSign).toString('hex') === signature ? null : 'AuthFailure.SignatureFailure';
}
