import { AmqpFailure } from './failure';

/** The time by which something has to be answered, whatever the broker does. */
export class Deadline {
  private readonly at: number;

  constructor(
    private readonly ms: number,
    private readonly broker: string,
  ) {
    this.at = performance.now() + ms;
  }

  get passed(): boolean {
    return performance.now() >= this.at;
  }

  /**
   * The promise's outcome, if it comes in time. The promise itself goes on: what to do about it is up to the caller.
   * @throws AmqpFailure at the deadline
   */
  async race<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = (): void =>
        reject(new AmqpFailure(`${this.broker}: no answer within ${this.ms} ms`, 'late'));
      timer = setTimeout(fail, Math.max(0, this.at - performance.now()));
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
