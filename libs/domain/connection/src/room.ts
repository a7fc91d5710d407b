import { DomainError } from '@sendback/domain/runtime';

/** In Unicode code points. */
export const MAX_ROOM_NAME_LENGTH = 128;

/** How many rooms one connection may be in at a time. */
export const MAX_ROOMS_PER_CONNECTION = 100;

export class BadRoom extends DomainError {
  readonly code = 'bad_data';
  readonly retryable = false;
}

/**
 * A room's name: 1 to 128 code points of well-formed Unicode, compared code point by code point
 * (case, accents and trailing spaces count).
 * @throws BadRoom naming `field`
 */
export function parseRoom(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw new BadRoom(`${field} must be a non-empty string`);
  if (value.length > 2 * MAX_ROOM_NAME_LENGTH || Array.from(value).length > MAX_ROOM_NAME_LENGTH) {
    throw new BadRoom(`${field} must not be longer than ${MAX_ROOM_NAME_LENGTH} characters`);
  }
  if (/\p{Surrogate}/u.test(value)) throw new BadRoom(`${field} must be well-formed Unicode`);
  return value;
}
