import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { notPermitted, Refusal } from './error-answers';
import type { SigningSecret } from './signing-secret';

/** As the libraries for Standard Webhooks have it. */
const TOLERANCE_S = 300;

/** @throws Refusal when none of the secrets signed it with this body */
export type ConfirmBody = (body: Buffer) => void;

/**
 * Lets in what one of the secrets signed, within 300 seconds of its making. The same request may come again in that
 * time: a call that is retried keeps its id, so ids that were seen cannot be refused.
 */
export class SignatureCheck {
  constructor(private readonly secrets: readonly SigningSecret[]) {}

  /**
   * Looks at what can be told before the body is there.
   * @throws Refusal when a header is missing or malformed, or the request too old or too new
   */
  begin(headers: IncomingHttpHeaders): ConfirmBody {
    const id = given(headers, 'webhook-id');
    const timestamp = given(headers, 'webhook-timestamp');
    const signature = given(headers, 'webhook-signature');
    // Else one signature would fit several ways to part what was signed.
    if (id.includes('.')) throw refusal('webhook-id is malformed');
    if (!/^\d{1,12}$/.test(timestamp)) throw refusal('webhook-timestamp is malformed');
    if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > TOLERANCE_S)
      throw refusal(`webhook-timestamp is more than ${TOLERANCE_S} seconds off`);
    return (body) => {
      const claimed = signature.split(' ').map(digestOf);
      const isRight = this.secrets.some((secret) => {
        const digest = secret.digest(id, timestamp, body);
        return claimed.some((one) => one.length === digest.length && timingSafeEqual(one, digest));
      });
      if (!isRight) throw refusal('webhook-signature is not by the secret of this function');
    };
  }
}

function given(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value !== 'string' || value === '') throw refusal(`${name} is missing`);
  return value;
}

/** Of other versions there is none: v1a is not symmetric. */
function digestOf(signature: string): Buffer {
  return Buffer.from(signature.startsWith('v1,') ? signature.slice('v1,'.length) : '', 'base64');
}

const refusal = (errMsg: string): Refusal => new Refusal(notPermitted(errMsg));
