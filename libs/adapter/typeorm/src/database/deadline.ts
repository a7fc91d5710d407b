import { DatabaseFailure } from './failure';

/** The time by which a unit of work has to be answered, whatever the database does. */
export class Deadline {
  private readonly at: number;

  /** @param since when it began to count, on the clock of `performance` */
  constructor(
    private readonly ms: number,
    private readonly database: string,
    since = performance.now(),
  ) {
    this.at = since + ms;
  }

  get passed(): boolean {
    return performance.now() >= this.at;
  }

  /** @throws DatabaseFailure when the deadline has passed */
  check(): void {
    if (this.passed) throw this.failure();
  }

  /**
   * The promise's outcome, if it comes in time. The promise itself goes on: what to do about it is up to the caller.
   * @throws DatabaseFailure at the deadline
   */
  async race<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.failure()), Math.max(0, this.at - performance.now()));
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private failure(): DatabaseFailure {
    return new DatabaseFailure(`${this.database}: no answer within ${this.ms} ms`, 'DEADLINE');
  }
}
