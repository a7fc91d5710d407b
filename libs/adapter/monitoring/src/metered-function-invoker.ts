import {
  type FunctionEvent,
  FunctionFailed,
  FunctionInvoker,
  FunctionTimedOut,
} from '@sendback/domain/gateway';
import type { Histogram } from 'prom-client';
import { secondsSince } from './elapsed';
import type { Metrics } from './metrics';

export interface CalledFunction {
  /** `/STAGE/PATH`. */
  readonly api: string;
  readonly function: 'register' | 'transfer' | 'cleanup';
}

/** Measures how long the calls of a function take, and how they end. */
export class MeteredFunctionInvoker extends FunctionInvoker {
  private readonly durations: Histogram<'api' | 'function' | 'outcome'>;

  constructor(
    private readonly invoker: FunctionInvoker,
    private readonly called: CalledFunction,
    metrics: Metrics,
  ) {
    super();
    this.durations = metrics.histogram({
      name: 'sendback_function_call_duration_seconds',
      help: 'Calls of functions by the gateway, retries included, by outcome: ok, failed, not_started, timed_out',
      labelNames: ['api', 'function', 'outcome'],
    });
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    const begun = performance.now();
    let outcome = 'ok';
    try {
      return await this.invoker.invoke(event, timeoutMs);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      this.durations.observe({ ...this.called, outcome }, secondsSince(begun));
    }
  }

  close(): Promise<void> {
    return this.invoker.close();
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof FunctionTimedOut) return 'timed_out';
  return error instanceof FunctionFailed && error.retryable ? 'not_started' : 'failed';
}
