/** A failure the domain declares. Ordinary outcomes are values, anything else that is thrown is a bug. */
export abstract class DomainError extends Error {
  /** Stable, for programs: clients and the errNo table of adapter/scf (contract §7) go by it. */
  abstract readonly code: string;

  /** Whether the same call may succeed later without anything being changed. */
  abstract readonly retryable: boolean;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}
