import { DomainError } from '@sendback/domain/runtime';

/** Tables in the wild are `VARCHAR(50)` (contract §1). */
export const MAX_CONNECTION_ID_LENGTH = 50;

export class BadConnectionId extends DomainError {
  readonly code = 'bad_connection_id';
  readonly retryable = false;
}

/**
 * A `secConnectionID` (contract §1): 1 to 50 characters of printable ASCII without spaces.
 * @throws BadConnectionId naming `field`
 */
export function parseConnectionId(value: unknown, field: string): string {
  if (typeof value === 'string' && value.length <= MAX_CONNECTION_ID_LENGTH && /^[\x21-\x7e]+$/.test(value)) {
    return value;
  }
  throw new BadConnectionId(
    `${field} must be 1 to ${MAX_CONNECTION_ID_LENGTH} characters of printable ASCII`,
  );
}
