import { type GatewayNode, NodeForwarder, type Push, type PushOutcome } from '@sendback/domain/gateway';
import type { Histogram } from 'prom-client';
import { secondsSince } from './elapsed';
import type { Metrics } from './metrics';

/** Measures how long pushes take that are handed on to other nodes, and whether these take them. */
export class MeteredNodeForwarder extends NodeForwarder {
  private readonly durations: Histogram<'outcome'>;

  constructor(
    private readonly forwarder: NodeForwarder,
    metrics: Metrics,
  ) {
    super();
    this.durations = metrics.histogram({
      name: 'sendback_gateway_forward_duration_seconds',
      help: 'Pushes handed on to the node that has the connections, by outcome: ok, failed',
      labelNames: ['outcome'],
    });
  }

  async forward(node: GatewayNode, apiId: string, push: Push): Promise<PushOutcome> {
    const begun = performance.now();
    let outcome = 'failed';
    try {
      const result = await this.forwarder.forward(node, apiId, push);
      outcome = 'ok';
      return result;
    } finally {
      this.durations.observe({ outcome }, secondsSince(begun));
    }
  }

  close(): void {
    this.forwarder.close();
  }
}
