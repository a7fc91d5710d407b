import { JOINED_AT_MOST, JoinedCalls } from './joined-calls';

/** Statements that end when they are told to. */
class Statements {
  readonly items: (readonly number[])[] = [];
  readonly since: number[] = [];
  private ends: { readonly done: () => void; readonly fail: (error: Error) => void } | null = null;
  private begun: (() => void) | null = null;

  readonly calls = new JoinedCalls<number, number>((items, since) => this.perform(items, since));

  /** The next statement, once it has begun. */
  async next(): Promise<NonNullable<typeof this.ends>> {
    if (!this.ends) await new Promise<void>((resolve) => (this.begun = resolve));
    const { ends } = this;
    this.ends = null;
    if (!ends) throw new Error('it did not begin');
    return ends;
  }

  private perform(items: readonly number[], since: number): Promise<readonly number[]> {
    this.items.push(items);
    this.since.push(since);
    return new Promise((resolve, fail) => {
      this.ends = { done: () => resolve(items.map((item) => item * 10)), fail };
      this.begun?.();
    });
  }
}

describe('calls that are joined', () => {
  it('share a statement when they come in one turn, and each has its own answer', async () => {
    const statements = new Statements();
    const calls = Promise.all([1, 2, 3].map((item) => statements.calls.call(item)));
    (await statements.next()).done();
    expect(await calls).toEqual([10, 20, 30]);
    expect(statements.items).toEqual([[1, 2, 3]]);
  });

  it('share the next statement when one is under way, in the order of coming', async () => {
    const statements = new Statements();
    const first = statements.calls.call(1);
    const { done } = await statements.next();
    const later = Promise.all([2, 3].map((item) => statements.calls.call(item)));
    done();
    expect(await first).toBe(10);
    (await statements.next()).done();
    expect(await later).toEqual([20, 30]);
    expect(statements.items).toEqual([[1], [2, 3]]);
  });

  describe('by several', () => {
    beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
    afterEach(() => jest.useRealTimers());

    it('are gathered for two milliseconds after a statement', async () => {
      const statements = new Statements();
      const shared = Promise.all([1, 2].map((item) => statements.calls.call(item)));
      (await statements.next()).done();
      await shared;
      const later = [statements.calls.call(3)];
      jest.advanceTimersByTime(1);
      await new Promise(setImmediate);
      later.push(statements.calls.call(4));
      jest.advanceTimersByTime(1);
      (await statements.next()).done();
      expect(await Promise.all(later)).toEqual([30, 40]);
      expect(statements.items).toEqual([
        [1, 2],
        [3, 4],
      ]);
    });
  });

  it('are no more in one statement than the engines take', async () => {
    const statements = new Statements();
    const calls = Array.from({ length: JOINED_AT_MOST + 1 }, (_, item) => statements.calls.call(item));
    (await statements.next()).done();
    (await statements.next()).done();
    await Promise.all(calls);
    expect(statements.items.map(({ length }) => length)).toEqual([JOINED_AT_MOST, 1]);
  });

  it('have the time of the one that came first, waiting included', async () => {
    const statements = new Statements();
    const before = performance.now();
    const call = statements.calls.call(1);
    const after = performance.now();
    (await statements.next()).done();
    await call;
    const [since = 0] = statements.since;
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(after);
  });

  it('fail together, and whoever waits is not left to wait for the next statement', async () => {
    const statements = new Statements();
    const calls = Array.from({ length: 2_000 }, (_, item) => statements.calls.call(item));
    (await statements.next()).fail(new Error('down'));
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe('rejected');
    expect(statements.items).toHaveLength(1);
    const later = statements.calls.call(7);
    (await statements.next()).done();
    expect(await later).toBe(70);
  });

  it('wait for nobody when they come one after the other', async () => {
    const statements = new Statements();
    const timer = jest.spyOn(global, 'setTimeout');
    for (const item of [1, 2, 3]) {
      const call = statements.calls.call(item);
      (await statements.next()).done();
      await call;
    }
    expect(timer).not.toHaveBeenCalled();
    timer.mockRestore();
  });
});
