import type { BroadcastQueue } from '@sendback/domain/messaging';
import type { Clock } from '@sendback/domain/runtime';
import type { Metrics } from './metrics';
import { Probe } from './probe';

/** Shorter than a scrape may take. */
const ANSWER_MS = 2_000;
/** Every broadcaster is scraped, and each asks the same queue. */
const FRESH_MS = 5_000;

/** Shows how many messages are on the queue, as every process sees it that is asked: do not add them up. */
export function watchQueueDepth(queue: BroadcastQueue, clock: Clock, metrics: Metrics): void {
  const probe = new Probe(() => queue.depth(), ANSWER_MS);
  let depth = 0;
  let askedAt = -Infinity;
  metrics.gauge(
    {
      name: 'sendback_queue_depth',
      help: 'Messages on all lanes, delayed retries and what is in hand included; of the whole deployment',
      labelNames: [],
    },
    async () => {
      if (clock.now() - askedAt >= FRESH_MS) {
        depth = await probe.answer();
        askedAt = clock.now();
      }
      return [{ labels: {}, value: depth }];
    },
  );
}
