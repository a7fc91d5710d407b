const TICK_MS = 10;
/** Of one tick, what counts at most: what is beyond it the machine spent elsewhere. */
const MOST_MS = 50;

/** Time in which this process got its turns: bounds on it hold on a machine that stands still for a while, too. */
export class Stopwatch {
  private counted = 0;
  private last = performance.now();
  private readonly ticks = setInterval(() => this.tick(), TICK_MS).unref();

  /** Milliseconds since it was made. */
  get elapsed(): number {
    this.tick();
    return this.counted;
  }

  /** @returns what had elapsed */
  stop(): number {
    clearInterval(this.ticks);
    return this.elapsed;
  }

  private tick(): void {
    const now = performance.now();
    this.counted += Math.min(now - this.last, MOST_MS);
    this.last = now;
  }
}
