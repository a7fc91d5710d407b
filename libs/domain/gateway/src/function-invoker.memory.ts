import type { Clock } from '@sendback/domain/runtime';
import type { FunctionEvent } from './events';
import { FunctionFailed, FunctionInvoker, FunctionTimedOut } from './function-invoker.port';

/** Calls a plain function that stands for the cloud's; it may throw, or never answer. */
export class MemoryFunctionInvoker extends FunctionInvoker {
  /** Every event it was called with, in order. */
  readonly events: FunctionEvent[] = [];
  private readonly underWay = new Set<(failure: Error) => void>();
  private closed = false;

  constructor(
    private readonly clock: Clock,
    private readonly handler: (event: FunctionEvent) => unknown = () => null,
  ) {
    super();
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    if (this.closed) throw new FunctionFailed('the invoker is closed', false);
    this.events.push(copy(event));
    let cut: (failure: Error) => void = () => undefined;
    const cutShort = new Promise<never>((_, reject) => (cut = reject));
    const timer = this.clock.after(timeoutMs, () =>
      cut(new FunctionTimedOut(`no answer within ${timeoutMs} ms`)),
    );
    this.underWay.add(cut);
    try {
      return await Promise.race([this.call(copy(event)), cutShort]);
    } finally {
      timer.cancel();
      this.underWay.delete(cut);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const cut of this.underWay) cut(new FunctionFailed('the invoker was closed', false));
  }

  private async call(event: FunctionEvent): Promise<unknown> {
    try {
      return copy((await this.handler(event)) ?? null);
    } catch (cause) {
      throw cause instanceof FunctionFailed
        ? cause
        : new FunctionFailed('the function threw', false, { cause });
    }
  }
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
