import type { Answer } from './exchange';
import type { PushAddress } from './push-address';

/** Why a push did not come about. */
export interface Problem {
  readonly reason: string;
  readonly retryable: boolean;
}

const GONE = 201;
const SLOW = 202;
/** From here on errNo tells of a failure behind the address (contract §7): storage, queue, internal. */
const FIRST_PASSING = 301;

/**
 * What the answer to a push to one connection means (contract §4). Where the body is empty, or JSON without an errNo,
 * the status decides; a 200 with any other body is not from a push address, and asking again would not change it.
 */
export function singleOutcome(answer: Answer, address: PushAddress): 'delivered' | 'gone' | 'slow' | Problem {
  const body = parseBody(answer.body || '{}');
  if (answer.status === 410 || body?.['errNo'] === GONE) return 'gone';
  if (body?.['errNo'] === SLOW) return 'slow';
  if (answer.status === 200 && body && (body['errNo'] ?? 0) === 0) return 'delivered';
  return problem(answer, body, address);
}

/** What the answer to a batch means: who was left out, or why it did not come about at all. */
export function batchOutcome(
  answer: Answer,
  address: PushAddress,
): { readonly gone: ReadonlySet<string>; readonly slow: ReadonlySet<string> } | Problem {
  const body = parseBody(answer.body);
  if (answer.status === 200 && body?.['errNo'] === 0 && isStrings(body['gone']) && isStrings(body['slow'])) {
    return { gone: new Set(body['gone']), slow: new Set(body['slow']) };
  }
  return problem(answer, body, address);
}

function problem({ status }: Answer, body: ReturnType<typeof parseBody>, address: PushAddress): Problem {
  const { errNo, errMsg } = body ?? {};
  const said = typeof errMsg === 'string' ? `: ${address.quote(errMsg)}` : '';
  const number = typeof errNo === 'number' ? ` errNo ${errNo}` : ' and no answer of a push address';
  const passing = status === 200 && typeof errNo === 'number' && errNo >= FIRST_PASSING;
  return {
    reason: `HTTP ${status}${number}${said} (${address.label})`,
    retryable: status === 429 || status >= 500 || passing,
  };
}

/** Null for what is not JSON; without fields for JSON that is no object. */
export function parseBody(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return null;
  }
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
