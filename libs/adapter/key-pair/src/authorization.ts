/** What an `Authorization: hmac …` header says. */
export interface HmacAuthorization {
  readonly id: string;
  readonly algorithm: string;
  /** In lower case, in the order in which they are signed. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** As documented for the cloud's API gateway: HTTP error codes (628/31717), signature generation (628/35260). */
export const Reasons = {
  noAuthorization: 'HMAC signature cannot be verified, a validate authorization header is required',
  malformed: 'HMAC authorization format error',
  incomplete: 'HMAC authorization headers is invalidate',
  noIdOrSignature: 'HMAC id or signature missing',
  repeatedHeader: 'HMAC do not support multiple HTTP header',
} as const;

const MAX_LENGTH = 4_096;
const MAX_SIGNED_HEADERS = 32;
const FORM = /^hmac(?:[\s,]+[a-z]+\s*=\s*"[^"]*")+[\s,]*$/i;
const PARAMETER = /([a-z]+)\s*=\s*"([^"]*)"/gi;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;

/**
 * Parameters may come in any order, parted by commas, spaces or both; further ones are ignored.
 * @returns what it says, or the documented reason why it says nothing
 */
export function parseAuthorization(header: string | undefined): HmacAuthorization | string {
  if (!header) return Reasons.noAuthorization;
  if (header.length > MAX_LENGTH || !FORM.test(header)) return Reasons.malformed;
  const parameters = new Map<string, string>();
  for (const [, name = '', value = ''] of header.matchAll(PARAMETER)) {
    if (parameters.has(name.toLowerCase())) return Reasons.malformed;
    parameters.set(name.toLowerCase(), value);
  }
  return fromParameters(parameters);
}

function fromParameters(parameters: ReadonlyMap<string, string>): HmacAuthorization | string {
  const [id, algorithm, headers, signature] = ['id', 'algorithm', 'headers', 'signature'].map((name) =>
    parameters.get(name)?.trim(),
  );
  if (!id || !signature) return Reasons.noIdOrSignature;
  if (!algorithm || !headers) return Reasons.incomplete;
  const signedHeaders = headers.toLowerCase().split(/\s+/);
  const areNames = signedHeaders.every((name) => HEADER_NAME.test(name));
  if (!areNames || signedHeaders.length > MAX_SIGNED_HEADERS) return Reasons.malformed;
  if (new Set(signedHeaders).size < signedHeaders.length) return Reasons.repeatedHeader;
  return { id, algorithm, signedHeaders, signature };
}
