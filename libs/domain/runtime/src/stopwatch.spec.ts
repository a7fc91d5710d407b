import { Stopwatch } from './stopwatch.contract';

describe('a stopwatch of the specs', () => {
  it('counts what passes while others have their turns, and not what stands still', async () => {
    const stopwatch = new Stopwatch();
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const end = performance.now() + 1_000; performance.now() < end;);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const elapsed = stopwatch.stop();
    expect(elapsed).toBeGreaterThan(100);
    expect(elapsed).toBeLessThan(1_000);
  });
});
