/** Asks somebody who may not answer: one question at a time, and waiting `ms` milliseconds at most. */
export class Probe<T> {
  private asking: Promise<T> | null = null;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly ms: number,
  ) {}

  /**
   * The answer; if it was asked before and has not answered yet, the answer to that.
   * @throws Late
   */
  async answer(): Promise<T> {
    this.asking ??= Promise.resolve()
      .then(this.ask)
      .finally(() => (this.asking = null));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Late(`no answer within ${this.ms} ms`)), this.ms);
    });
    return Promise.race([this.asking, late]).finally(() => clearTimeout(timer));
  }
}

export class Late extends Error {}
