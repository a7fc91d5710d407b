import { Clock, type Timer } from '@sendback/domain/runtime';

/** A clock whose timers end with their owner: once stopped, nothing that was scheduled by it still happens. */
export class StoppableClock extends Clock {
  private readonly timers = new Set<Timer>();
  private stopped = false;

  constructor(private readonly clock: Clock) {
    super();
  }

  now(): number {
    return this.clock.now();
  }

  after(ms: number, callback: () => void): Timer {
    if (this.stopped) return { cancel: () => undefined };
    const inner = this.clock.after(ms, () => {
      this.timers.delete(timer);
      callback();
    });
    const timer = {
      cancel: () => {
        this.timers.delete(timer);
        inner.cancel();
      },
    };
    this.timers.add(timer);
    return timer;
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) timer.cancel();
  }
}

/** Resolves `ms` milliseconds from now; never, when the clock is stopped before. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
