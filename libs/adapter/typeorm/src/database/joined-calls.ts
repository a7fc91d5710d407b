/** Calls that share a statement: SQLite takes up to 500 rows of a compound one. */
export const JOINED_AT_MOST = 250;

/** Milliseconds between two statements while several are calling: a commit costs as much for one row as for ten. */
const APART_MS = 2;

/** Several are calling when calls were shared in the last so many milliseconds. */
const BUSY_MS = 50;

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly since: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls for single rows that become one statement, and so one commit: all that come in one turn of the event loop, while
 * the statement before them is under way, and when several are calling, in the two milliseconds after it. Each is answered
 * when its statement is. Who calls alone, one after the other, never waits for company.
 */
export class JoinedCalls<Item, Answer> {
  private waiting: Waiting<Item, Answer>[] = [];
  private running = false;
  /** When the last statement ended, and the last one that was shared, on the clock of `performance`. */
  private endedAt = -Infinity;
  private sharedAt = -Infinity;

  /**
   * @param perform runs a statement for what was called for, in the order of coming, and answers each; `since` is when the
   * first of them came, on the clock of `performance`
   */
  constructor(
    private readonly perform: (items: readonly Item[], since: number) => Promise<readonly Answer[]>,
  ) {}

  /** @throws the failure of the statement, or of the one that it waited for */
  call(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, since: performance.now(), resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      await this.gather();
      await this.answer(this.waiting.splice(0, JOINED_AT_MOST));
    }
    this.running = false;
  }

  /** SQLite answers within the turn: without this, what comes from several sockets would never meet. */
  private async gather(): Promise<void> {
    const now = performance.now();
    const ms = now < this.sharedAt + BUSY_MS ? this.endedAt + APART_MS - now : 0;
    await new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)));
  }

  private async answer(calls: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const since = calls[0]?.since ?? performance.now();
      const answers = await this.perform(
        calls.map(({ item }) => item),
        since,
      );
      this.endedAt = performance.now();
      if (calls.length > 1) this.sharedAt = this.endedAt;
      calls.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      // What waits would only wait as long again, one statement after the other.
      for (const { reject } of [...calls, ...this.waiting.splice(0)]) reject(error);
    }
  }
}
