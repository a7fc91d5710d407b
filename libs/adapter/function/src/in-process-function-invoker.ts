import {
  DEFAULT_MEMORY_MB,
  type FunctionContext,
  functionContext,
  type FunctionEvent,
  FunctionFailed,
  FunctionInvoker,
  FunctionTimedOut,
} from '@sendback/domain/gateway';

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
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.underWay.delete(fail);
      };
      const fail = (failure: Error): void => {
        end();
        reject(failure);
      };
      // Not before it is needed: an error takes a picture of the stack.
      const late = (): void =>
        fail(new FunctionTimedOut(`function ${this.name} did not answer within ${timeoutMs} ms`));
      const timer = setTimeout(late, timeoutMs);
      this.underWay.add(fail);
      this.call(event, timeoutMs).then((value) => {
        end();
        resolve(value);
      }, fail);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const fail of this.underWay) fail(new FunctionFailed(`function ${this.name} was closed`, false));
  }

  private async call(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    try {
      const value = await this.handler(
        copy(event),
        functionContext(event, { name: this.name, timeoutMs, memoryMb: DEFAULT_MEMORY_MB }),
      );
      return JSON.parse(JSON.stringify(value ?? null)) as unknown;
    } catch (cause) {
      throw new FunctionFailed(`function ${this.name} threw`, false, { cause });
    }
  }
}

/** Only the objects are new: strings, which hold all the bytes, cannot be changed and are shared. */
function copy<T extends object>(value: T): T {
  // Of its own even where a client named it __proto__: spread, and then only what is there is replaced.
  const twin = { ...value } as T & Record<string, unknown>;
  for (const key of Object.keys(twin) as (keyof T)[]) {
    const inner = twin[key];
    if (typeof inner === 'object' && inner !== null) twin[key] = copy(inner);
  }
  return twin;
}
