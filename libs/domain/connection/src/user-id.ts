import { DomainError } from '@sendback/domain/runtime';

/** In Unicode code points. */
export const MAX_USER_ID_LENGTH = 128;

export class BadUserId extends DomainError {
  readonly code = 'bad_data';
  readonly retryable = false;
}

/**
 * Who a connection belongs to: 1 to 128 code points of well-formed Unicode without white space at either end,
 * compared code point by code point.
 * @throws BadUserId naming `field`
 */
export function parseUserId(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw new BadUserId(`${field} must be a non-empty string`);
  if (value.length > 2 * MAX_USER_ID_LENGTH || Array.from(value).length > MAX_USER_ID_LENGTH) {
    throw new BadUserId(`${field} must not be longer than ${MAX_USER_ID_LENGTH} characters`);
  }
  if (/\p{Surrogate}/u.test(value)) throw new BadUserId(`${field} must be well-formed Unicode`);
  if (value.trim() !== value) throw new BadUserId(`${field} must not begin or end with white space`);
  return value;
}
