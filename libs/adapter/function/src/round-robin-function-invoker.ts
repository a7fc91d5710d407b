import { type FunctionEvent, FunctionFailed, FunctionInvoker } from '@sendback/domain/gateway';

/**
 * One function that several hosts serve, each in its turn. Where a call certainly did not start at one host, the next
 * one is called in the time that is left: a host may be down, or restarted, without anybody noticing.
 */
export class RoundRobinFunctionInvoker extends FunctionInvoker {
  private turn = 0;

  /** @param hosts at least one, of the same function */
  constructor(private readonly hosts: readonly FunctionInvoker[]) {
    super();
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    const until = performance.now() + timeoutMs;
    const first = this.turn++;
    for (let tried = 1; ; tried++) {
      const host = this.hosts[(first + tried) % this.hosts.length];
      if (!host) throw new RangeError('a function needs a host');
      try {
        return await host.invoke(event, Math.max(1, until - performance.now()));
      } catch (error) {
        const didNotStart = error instanceof FunctionFailed && error.retryable;
        if (!didNotStart || tried === this.hosts.length || performance.now() >= until) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.close()));
  }
}
