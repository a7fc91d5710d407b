import { secondsSince } from './elapsed';
import type { Metrics } from './metrics';

type FunctionOfEvents = (event: unknown) => Promise<unknown>;

/** Measures how long a function of this process takes for its events, and which errors it answers with. */
export function meteredFunction(name: string, run: FunctionOfEvents, metrics: Metrics): FunctionOfEvents {
  const durations = metrics.histogram({
    name: 'sendback_function_event_duration_seconds',
    help: 'Events handled by a function, by outcome: ok, the errNo of its answer, or thrown',
    labelNames: ['function', 'outcome'],
  });
  return async (event) => {
    const begun = performance.now();
    let outcome = 'thrown';
    try {
      const answer = await run(event);
      outcome = answer === event ? 'ok' : outcomeOf(answer);
      return answer;
    } finally {
      durations.observe({ function: name, outcome }, secondsSince(begun));
    }
  };
}

/** The numbers of contract §7 are below 1,000. */
function outcomeOf(answer: unknown): string {
  const { errNo } = (answer ?? {}) as { errNo?: unknown };
  return Number.isInteger(errNo) && Number(errNo) > 0 && Number(errNo) < 1_000 ? String(errNo) : 'ok';
}
