import { Pusher, type PushMessage, type PushReport, type Recipients } from '@sendback/domain/messaging';
import type { Counter, Histogram } from 'prom-client';
import { secondsSince } from './elapsed';
import type { Metrics } from './metrics';

type Operation = 'push' | 'disconnect';

/** Measures how long pushes take, and what becomes of their recipients. */
export class MeteredPusher extends Pusher {
  private readonly durations: Histogram<'operation'>;
  private readonly recipients: Counter<'operation' | 'outcome'>;

  constructor(
    private readonly pusher: Pusher,
    metrics: Metrics,
  ) {
    super();
    this.durations = metrics.histogram({
      name: 'sendback_push_duration_seconds',
      help: 'Pushes of messages to connections of one address, in as many requests as that takes',
      labelNames: ['operation'],
    });
    this.recipients = metrics.counter({
      name: 'sendback_push_recipients_total',
      help: 'Recipients of pushes, retries included, by outcome: delivered, gone, slow, failed',
      labelNames: ['operation', 'outcome'],
    });
  }

  push(recipients: Recipients, messages: readonly PushMessage[]): Promise<PushReport> {
    return this.measure('push', recipients, () => this.pusher.push(recipients, messages));
  }

  disconnect(recipients: Recipients): Promise<PushReport> {
    return this.measure('disconnect', recipients, () => this.pusher.disconnect(recipients));
  }

  private async measure(
    operation: Operation,
    { connectionIds }: Recipients,
    push: () => Promise<PushReport>,
  ): Promise<PushReport> {
    const begun = performance.now();
    const report = await push();
    this.durations.observe({ operation }, secondsSince(begun));
    const gone = report.gone.length;
    const slow = report.slow.length;
    const failed = report.failed.reduce((sum, { connectionIds: ids }) => sum + ids.length, 0);
    const counts = { delivered: connectionIds.length - gone - slow - failed, gone, slow, failed };
    for (const [outcome, count] of Object.entries(counts)) {
      if (count > 0) this.recipients.inc({ operation, outcome }, count);
    }
    return report;
  }
}
