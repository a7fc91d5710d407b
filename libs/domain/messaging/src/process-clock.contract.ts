import { Clock, type Timer } from '@sendback/domain/runtime';

/** Real time of one process that can stand still, as a process does that was stopped, or has died. For harnesses. */
export class ProcessClock extends Clock {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly held: (() => void)[] = [];
  private frozen = false;
  private closed = false;

  /** @param longestMs cuts every wait to this: for suites that cannot wait for growing pauses */
  constructor(private readonly longestMs = 2 ** 31 - 1) {
    super();
  }

  now(): number {
    return Date.now();
  }

  after(ms: number, callback: () => void): Timer {
    if (this.closed) return { cancel: () => undefined };
    const fire = (): void => {
      if (!this.timers.has(timer)) return;
      if (this.frozen) this.held.push(fire);
      else if (this.timers.delete(timer)) callback();
    };
    const timer = setTimeout(fire, Math.min(ms, this.longestMs));
    this.timers.add(timer);
    return {
      cancel: () => {
        clearTimeout(timer);
        this.timers.delete(timer);
      },
    };
  }

  /** No timer fires until `thaw`. Never thawed, the process is dead. */
  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    this.frozen = false;
    for (const fire of this.held.splice(0)) fire();
  }

  /** Lets go of all timers, and takes no further one. */
  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
