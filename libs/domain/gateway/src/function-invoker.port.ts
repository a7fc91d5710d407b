import { DomainError } from '@sendback/domain/runtime';
import type { FunctionEvent } from './events';

/** The function threw, is not there, or answered something that is not its return value as JSON. */
export class FunctionFailed extends DomainError {
  readonly code = 'function_failed';

  /** @param retryable true only where it is certain that the function did not start */
  constructor(
    message: string,
    readonly retryable: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** No answer in time. The function may have done all of its work, or may still do it. */
export class FunctionTimedOut extends DomainError {
  readonly code = 'function_timed_out';
  readonly retryable = false;
}

/**
 * One function of an API: registration, transfer or cleanup.
 *
 * - `invoke` calls it once with the event and resolves to its return value as parsed JSON (null for none).
 *   It never calls twice, and never later than `timeoutMs` after its beginning: whoever calls, retries.
 * - Any number of calls may run at once, and are answered in any order.
 * - The event is not changed, and not kept.
 */
export abstract class FunctionInvoker {
  /**
   * @param timeoutMs from the call to the whole answer, in milliseconds
   * @throws FunctionFailed
   * @throws FunctionTimedOut after `timeoutMs`
   */
  abstract invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown>;

  /** Lets go of what the invoker holds (connections). Calls under way fail. Idempotent. */
  abstract close(): Promise<void>;
}
