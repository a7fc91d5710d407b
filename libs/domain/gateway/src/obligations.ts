/** Counts the sessions the gateway still owes something: from the first line in the ledger until it is struck out. */
export class Obligations {
  private open = 0;
  private waiting: (() => void)[] = [];

  get count(): number {
    return this.open;
  }

  add(): void {
    this.open++;
  }

  settle(count: number): void {
    this.open -= count;
    if (this.open > 0) return;
    for (const resolve of this.waiting) resolve();
    this.waiting = [];
  }

  /** They are somebody else's from now on. */
  disown(): void {
    this.settle(this.open);
  }

  /** Resolves when nothing is owed. */
  settled(): Promise<void> {
    if (this.open === 0) return Promise.resolve();
    return new Promise((resolve) => void this.waiting.push(resolve));
  }
}
