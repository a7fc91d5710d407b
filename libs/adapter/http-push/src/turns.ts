/** Work under one name is done so much at a time, first come first served; different names do not wait for each other. */
export class Turns {
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly busy = new Map<string, number>();

  constructor(private readonly atATime: number) {}

  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    const busy = this.busy.get(name) ?? 0;
    if (busy < this.atATime) this.busy.set(name, busy + 1);
    else await new Promise<void>((resolve) => this.queue(name).push(resolve));
    try {
      return await work();
    } finally {
      this.passOn(name);
    }
  }

  private queue(name: string): (() => void)[] {
    const queue = this.waiting.get(name) ?? [];
    this.waiting.set(name, queue);
    return queue;
  }

  private passOn(name: string): void {
    const next = this.waiting.get(name)?.shift();
    if (next) {
      next();
      return;
    }
    this.waiting.delete(name);
    const busy = (this.busy.get(name) ?? 0) - 1;
    if (busy === 0) this.busy.delete(name);
    else this.busy.set(name, busy);
  }
}
