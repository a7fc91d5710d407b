const FIRST_MS = 500;
const MAX_MS = 30_000;

/** Keeps a function that cannot be loaded from being started again and again. */
export class StartBackoff {
  /** What the last start came to; null when nothing speaks against another one. */
  private reason: string | null = null;
  private delayMs = 0;
  private until = 0;

  failed(reason: string): void {
    this.reason = reason;
    this.delayMs = Math.min(this.delayMs * 2 || FIRST_MS, MAX_MS);
    this.until = performance.now() + this.delayMs;
  }

  reset(): void {
    this.reason = null;
    this.delayMs = this.until = 0;
  }

  /** Why nothing is started at the moment, or null. */
  get obstacle(): string | null {
    return performance.now() < this.until ? this.reason : null;
  }
}
