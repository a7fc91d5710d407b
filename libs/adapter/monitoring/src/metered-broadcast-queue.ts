import {
  type Broadcast,
  BroadcastQueue,
  type LaneConsumer,
  type LaneHandler,
  type QueueMessage,
} from '@sendback/domain/messaging';
import type { Histogram } from 'prom-client';
import { secondsSince } from './elapsed';
import { meteredLaneHandler } from './metered-lane-handler';
import type { Metrics } from './metrics';

/** Measures what is put on the queue, and how its batches are served. */
export class MeteredBroadcastQueue extends BroadcastQueue {
  private readonly durations: Histogram<'operation' | 'outcome'>;

  constructor(
    private readonly queue: BroadcastQueue,
    private readonly metrics: Metrics,
  ) {
    super();
    this.durations = metrics.histogram({
      name: 'sendback_queue_store_duration_seconds',
      help: 'Putting broadcasts on the queue (publish), or messages back on it (enqueue), by outcome: ok, failed',
      labelNames: ['operation', 'outcome'],
    });
  }

  get lanes(): number {
    return this.queue.lanes;
  }

  publish(broadcast: Broadcast): Promise<void> {
    return this.measure('publish', () => this.queue.publish(broadcast));
  }

  enqueue(lane: number, message: QueueMessage): Promise<void> {
    return this.measure('enqueue', () => this.queue.enqueue(lane, message));
  }

  depth(): Promise<number> {
    return this.queue.depth();
  }

  consume(handler: LaneHandler): LaneConsumer {
    return this.queue.consume(meteredLaneHandler(handler, this.metrics));
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  private async measure(operation: 'publish' | 'enqueue', store: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    let outcome = 'failed';
    try {
      await store();
      outcome = 'ok';
    } finally {
      this.durations.observe({ operation, outcome }, secondsSince(begun));
    }
  }
}
