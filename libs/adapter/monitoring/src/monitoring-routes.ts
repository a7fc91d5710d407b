import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics';
import { type Checks, Readiness } from './readiness';

export interface Monitored {
  readonly metrics: Metrics;
  /** What has to work before the process is given work. */
  readonly ready: Checks;
}

/**
 * Adds to a server: `GET /metrics` for Prometheus; `GET /healthz`, 200 as long as the process turns; `GET /readyz`, 200
 * while all checks pass, else 503, each with its result.
 */
export function monitoringRoutes({ metrics, ready }: Monitored): (app: FastifyInstance) => void {
  const readiness = new Readiness(ready);
  return (app) => {
    app.get('/metrics', async (_request, reply) => {
      void reply.type(metrics.contentType);
      return metrics.text();
    });
    app.get('/healthz', async () => ({ status: 'ok' }));
    app.get('/readyz', async (_request, reply) => {
      const report = await readiness.report();
      return reply.code(report.status === 'ok' ? 200 : 503).send(report);
    });
  };
}
