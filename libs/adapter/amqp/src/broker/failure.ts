/**
 * - `lost`: the connection or its channel ended, told or not; what was under way may have been done. Worth repeating.
 * - `unroutable`: a queue or an exchange is missing that was declared before.
 * - `refused`: the broker answered, and did not take it.
 * - `late`: no answer in time.
 */
export type FailureKind = 'lost' | 'unroutable' | 'refused' | 'late';

/** RabbitMQ did not do what it was asked, through no fault of the asking code. Holds no credentials. */
export class AmqpFailure extends Error {
  override readonly name = 'AmqpFailure';

  constructor(
    message: string,
    readonly kind: FailureKind,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The broker's reply code, if it gave one: 404, 406, … */
export function codeOf(error: unknown): number | string | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'number' || typeof code === 'string' ? code : null;
}

/** What went wrong in words; Node's errors for refused connections have only a code. */
export function reasonOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' && message !== '' ? message : String(codeOf(error) ?? error);
}
