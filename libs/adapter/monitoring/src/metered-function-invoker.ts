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

type Outcome = 'ok' | 'failed' | 'not_started' | 'timed_out';
type Label = 'api' | 'function' | 'outcome';

/** Measures how long the calls of a function take, and how they end. */
export class MeteredFunctionInvoker extends FunctionInvoker {
  private readonly durations: Histogram<Label>;
  /** Made once: to put them together for each call costs more than to measure it. */
  private readonly labels: Readonly<Record<Outcome, Readonly<Record<Label, string>>>>;

  constructor(
    private readonly invoker: FunctionInvoker,
    called: CalledFunction,
    metrics: Metrics,
  ) {
    super();
    this.durations = metrics.histogram({
      name: 'sendback_function_call_duration_seconds',
      help: 'Calls of functions by the gateway, retries included, by outcome: ok, failed, not_started, timed_out',
      labelNames: ['api', 'function', 'outcome'],
    });
    const labels = (outcome: Outcome): Record<Label, string> => ({ ...called, outcome });
    this.labels = {
      ok: labels('ok'),
      failed: labels('failed'),
      not_started: labels('not_started'),
      timed_out: labels('timed_out'),
    };
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    const begun = performance.now();
    let outcome: Outcome = 'ok';
    try {
      return await this.invoker.invoke(event, timeoutMs);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      this.durations.observe(this.labels[outcome], secondsSince(begun));
    }
  }

  close(): Promise<void> {
    return this.invoker.close();
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof FunctionTimedOut) return 'timed_out';
  return error instanceof FunctionFailed && error.retryable ? 'not_started' : 'failed';
}
