import { DomainError } from '@sendback/domain/runtime';
import type { Push } from './deliver-push';

/** What should be the body of a reverse push is none. The message names the field. */
export class BadPush extends DomainError {
  readonly code = 'bad_push';
  readonly retryable = false;
}

/**
 * Reads the body of a reverse push (contract §4) from parsed JSON. Its frames are the business of the adapter whose
 * sockets send them.
 * @throws BadPush
 */
export type ParsePush = (body: unknown) => Push;
