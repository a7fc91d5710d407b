import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { type Monitored, monitoringRoutes } from './monitoring-routes';

const REQUEST_TIMEOUT_MS = 5_000;

export interface MonitoringListenerOptions extends Monitored {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** For processes without a listener of their own. */
export class MonitoringListener {
  private readonly app: FastifyInstance;

  constructor(private readonly options: MonitoringListenerOptions) {
    this.app = fastify({
      http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
      requestTimeout: REQUEST_TIMEOUT_MS,
      forceCloseConnections: true,
    });
    monitoringRoutes(options)(this.app);
  }

  /**
   * Listens.
   * @throws Error with `code: 'EADDRINUSE'` when the port is taken
   */
  async start(): Promise<AddressInfo> {
    const { host, port } = this.options;
    await this.app.listen({ host, port });
    return this.app.server.address() as AddressInfo;
  }

  /** Listens no more, at once. */
  async close(): Promise<void> {
    await this.app.close();
  }
}
