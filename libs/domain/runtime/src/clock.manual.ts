import { Clock, type Timer } from './clock.port';

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a spec advances it. */
export class ManualClock extends Clock {
  private readonly due = new Set<Due>();

  constructor(private time = 1_700_000_000_000) {
    super();
  }

  now(): number {
    return this.time;
  }

  after(ms: number, callback: () => void): Timer {
    const entry = { at: this.time + ms, callback };
    this.due.add(entry);
    return { cancel: () => void this.due.delete(entry) };
  }

  /** Moves on by `ms`, running what falls due in order of time, and lets pending promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let next = this.next(end); next; next = this.next(end)) {
      this.due.delete(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
    }
    this.time = end;
    await settle();
  }

  private next(end: number): Due | undefined {
    return [...this.due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets every promise that is ready run to where it really waits, for chains of up to 200 steps. */
export async function settle(): Promise<void> {
  for (let step = 0; step < 200; step++) await Promise.resolve();
}
