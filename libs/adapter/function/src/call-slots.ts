const MAX_WAITING = 1_024;

/** Leaves most of the time that a function has by default. */
const MAX_WAIT_MS = 1_000;

/** Lets so many calls run at once. Further ones wait in line for a while, so that a burst is worked off, not refused. */
export class CallSlots {
  private taken = 0;
  private readonly line = new Set<() => void>();

  constructor(private readonly limit: number) {}

  /** @returns false when 1,024 wait already, or when its turn did not come within a second */
  async take(): Promise<boolean> {
    if (this.taken < this.limit) {
      this.taken++;
      return true;
    }
    return this.line.size < MAX_WAITING && this.wait();
  }

  /** To be called once for each that was taken. */
  free(): void {
    const [next] = this.line;
    if (next) next();
    else this.taken--;
  }

  private wait(): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = (hasSlot: boolean): void => {
        clearTimeout(timer);
        this.line.delete(turn);
        resolve(hasSlot);
      };
      const turn = (): void => leave(true);
      const timer = setTimeout(() => leave(false), MAX_WAIT_MS);
      this.line.add(turn);
    });
  }
}
