import {
  type FunctionEvent,
  FunctionFailed,
  FunctionInvoker,
  FunctionTimedOut,
} from '@sendback/domain/gateway';

/** What SCF gives a Node.js function beside the event, in outline. */
export interface FunctionContext {
  readonly request_id: string;
  readonly function_name: string;
  readonly function_version: string;
  readonly namespace: string;
  readonly time_limit_in_ms: number;
  /** SCF's default; nothing enforces it in this process. */
  readonly memory_limit_in_mb: number;
}

/** An SCF `main_handler(event, context)`: returns or throws, at once or through a promise. */
export type FunctionHandler = (event: FunctionEvent, context: FunctionContext) => unknown;

/**
 * Calls a function in this process. It is given an event of its own, and what it returns goes through JSON, as if it
 * ran elsewhere. Time is measured while the event loop turns: a handler that blocks it holds up its caller too.
 */
export class InProcessFunctionInvoker extends FunctionInvoker {
  private readonly underWay = new Set<(failure: Error) => void>();
  private closed = false;

  constructor(
    private readonly handler: FunctionHandler,
    private readonly name: string,
  ) {
    super();
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    if (this.closed) throw new FunctionFailed(`function ${this.name} is closed`, false);
    let cut: (failure: Error) => void = () => undefined;
    const cutShort = new Promise<never>((_, reject) => (cut = reject));
    const late = new FunctionTimedOut(`function ${this.name} did not answer within ${timeoutMs} ms`);
    const timer = setTimeout(() => cut(late), timeoutMs);
    this.underWay.add(cut);
    try {
      return await Promise.race([this.call(event, timeoutMs), cutShort]);
    } finally {
      clearTimeout(timer);
      this.underWay.delete(cut);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const cut of this.underWay) cut(new FunctionFailed(`function ${this.name} was closed`, false));
  }

  private async call(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    try {
      const value = await this.handler(copy(event), this.context(event, timeoutMs));
      return JSON.parse(JSON.stringify(value ?? null)) as unknown;
    } catch (cause) {
      throw new FunctionFailed(`function ${this.name} threw`, false, { cause });
    }
  }

  private context(event: FunctionEvent, timeoutMs: number): FunctionContext {
    return {
      request_id: event.requestContext.requestId,
      function_name: this.name,
      function_version: '$LATEST',
      namespace: 'default',
      time_limit_in_ms: timeoutMs,
      memory_limit_in_mb: 128,
    };
  }
}

/** Only the objects are new: strings, which hold all the bytes, cannot be changed and are shared. */
function copy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner as unknown)])) as T;
}
