export interface Timer {
  /** Idempotent; after it returns the callback does not run. */
  cancel(): void;
}

/** The time, and being called later. The only source of both in the domain. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch. */
  abstract now(): number;

  /** Runs `callback` once, `ms` milliseconds from now at the earliest, never before this call returned. */
  abstract after(ms: number, callback: () => void): Timer;
}
