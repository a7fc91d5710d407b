type Headers = Readonly<Record<string, string>>;

/** How far the clocks of client and gateway may be apart, either way (contract §5). */
const MAX_SKEW_MS = 900_000;

const UNVERIFIED = 'HMAC signature cannot be verified';

/**
 * Holds the time at which a request was signed against the clock. `X-Date` counts before `Date`, and only one that is
 * signed: any other can be put on an old signature.
 * @param nowMs milliseconds since the Unix epoch
 * @returns the documented reason against it; null for none
 */
export function problemOfDate(
  signedHeaders: readonly string[],
  headers: Headers,
  nowMs: number,
): string | null {
  const name = ['x-date', 'date'].find((candidate) => signedHeaders.includes(candidate));
  if (name === undefined) return `${UNVERIFIED}, a valid date or x-date header is required`;
  const signedAt = parseHttpDate(headers[name] ?? '');
  if (signedAt === null) return `${UNVERIFIED}, a valid ${name} header is required for HMAC Authentication`;
  if (Math.abs(nowMs - signedAt) <= MAX_SKEW_MS) return null;
  return `${UNVERIFIED}, the ${name} header is out of date for HMAC Authentication`;
}

/** `Mon, 19 Mar 2018 12:08:40 GMT` and nothing else; milliseconds, or null. */
function parseHttpDate(text: string): number | null {
  const date = new Date(text);
  return date.toUTCString() === text ? date.getTime() : null;
}
