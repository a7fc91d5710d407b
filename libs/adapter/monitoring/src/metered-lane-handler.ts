import type { LaneBatch, LaneHandler, Settlement } from '@sendback/domain/messaging';
import { secondsSince } from './elapsed';
import type { Metrics } from './metrics';

/** Measures how a handler serves the batches of lanes. */
export function meteredLaneHandler(handler: LaneHandler, metrics: Metrics): LaneHandler {
  const durations = metrics.histogram({
    name: 'sendback_queue_batch_duration_seconds',
    help: 'Serving batches of lanes, by outcome: ok, failed (handed over again)',
    labelNames: ['outcome'],
  });
  const total = (name: string, help: string): ((count: number) => void) => {
    const counter = metrics.counter({ name: `sendback_queue_${name}_total`, help, labelNames: [] });
    return (count) => counter.inc(count);
  };
  const countServed = total('messages_served', 'Messages in batches that were served');
  const countRetries = total('retries', 'Messages put back for recipients that could not be reached');
  const countDeadLetters = total('dead_letters', 'Messages given up after their last retry');

  const serve = async (batch: LaneBatch): Promise<Settlement> => {
    const settlement = await handler(batch);
    countServed(batch.messages.length);
    countRetries(settlement.retries.length);
    countDeadLetters(settlement.deadLetters.length);
    return settlement;
  };
  return async (batch) => {
    const begun = performance.now();
    let outcome = 'failed';
    try {
      const settlement = await serve(batch);
      outcome = 'ok';
      return settlement;
    } finally {
      durations.observe({ outcome }, secondsSince(begun));
    }
  };
}
