import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const MIN_KEY_BYTES = 24;

/**
 * What a gateway signs requests by, and its functions check them by, as the Standard Webhooks specification says:
 * HMAC-SHA256 over `webhook-id.webhook-timestamp.body`. Libraries for it exist in most languages.
 */
export class SigningSecret {
  private readonly key: KeyObject;

  /**
   * @param text `whsec_` and the base64 of 24 or more bytes, as the specification writes it; or 32 or more printable
   * ASCII characters, which are the key as they are
   * @throws TypeError when it is neither; it does not repeat the text
   */
  constructor(text: string) {
    const key = keyOf(text);
    if (!key)
      throw new TypeError(
        'must be whsec_ and the base64 of 24 bytes or more, or 32 characters or more without spaces and commas',
      );
    this.key = createSecretKey(key);
  }

  digest(id: string, timestamp: string, body: Buffer): Buffer {
    return createHmac('sha256', this.key).update(`${id}.${timestamp}.`).update(body).digest();
  }

  /** The headers of a request with this body that is made now. */
  headers(id: string, body: Buffer): Record<string, string> {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const signature = `v1,${this.digest(id, timestamp, body).toString('base64')}`;
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  }
}

function keyOf(text: string): Buffer | null {
  // A comma separates several secrets.
  if (!/^[\x21-\x2b\x2d-\x7e]{32,}$/.test(text)) return null;
  if (!text.startsWith('whsec_')) return Buffer.from(text);
  const base64 = text.slice('whsec_'.length);
  const key = Buffer.from(base64, 'base64');
  return key.length >= MIN_KEY_BYTES && key.toString('base64') === base64 ? key : null;
}
