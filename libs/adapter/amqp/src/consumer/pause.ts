import type { Clock } from '@sendback/domain/runtime';

/** Waits that can be ended early, and for good. */
export class Pause {
  private over = false;
  private endCurrent = (): void => undefined;

  constructor(private readonly clock: Clock) {}

  hasEnded(): boolean {
    return this.over;
  }

  /** One at a time. */
  async for(ms: number): Promise<void> {
    if (this.over) return;
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(ms, resolve);
      this.endCurrent = (): void => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** From now on nothing is waited for. */
  end(): void {
    this.over = true;
    this.endCurrent();
  }
}
