import { type FunctionEvent, FunctionFailed, FunctionTimedOut } from '@sendback/domain/gateway';

/** One call of a function, settled once, whichever of its ways to end comes first. */
export class Call {
  readonly outcome: Promise<unknown>;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  answer: (value: unknown) => void = () => undefined;
  private reject: (failure: Error) => void = () => undefined;

  /** @param who names the function in messages */
  constructor(
    readonly event: FunctionEvent,
    readonly timeoutMs: number,
    private readonly who: string,
  ) {
    this.deadline = performance.now() + timeoutMs;
    this.outcome = new Promise((resolve, reject) => {
      this.answer = resolve;
      this.reject = reject;
    });
  }

  get requestId(): string {
    return this.event.requestContext.requestId;
  }

  /** The function ran, or may have. */
  fail(reason: string): void {
    this.reject(new FunctionFailed(`${this.who} ${reason}`, false));
  }

  /** The function certainly did not start. */
  refuse(reason: string): void {
    this.reject(new FunctionFailed(`${this.who} ${reason}`, true));
  }

  timeOut(what: string): void {
    this.reject(new FunctionTimedOut(`${this.who} ${what} within ${this.timeoutMs} ms`));
  }
}
