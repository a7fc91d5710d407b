import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics';

/** Measures the requests of a server, by route and status. */
export function meterRequests(app: FastifyInstance, metrics: Metrics): void {
  const durations = metrics.histogram({
    name: 'sendback_http_request_duration_seconds',
    help: 'HTTP requests, by route; none is what no route takes',
    labelNames: ['method', 'route', 'status'],
  });
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
    const labels = { method, route: routeOptions.url ?? 'none', status: statusCode };
    durations.observe(labels, elapsedTime / 1_000);
  });
}
