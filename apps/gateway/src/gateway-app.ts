import { hostname } from 'node:os';
import type { Database } from '@sendback/adapter/typeorm';
import type { PublicListener, PushListener } from '@sendback/adapter/websocket';
import type { Gateway } from '@sendback/domain/gateway';

/** How long hand-overs and cleanups may take at the end; what is left then stands in the ledger. */
const DRAIN_MS = 10_000;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One API as clients and functions reach it. */
export interface ApiAddresses {
  readonly serviceName: string;
  readonly apiId: string;
  readonly websocket: string;
  readonly reversePush: string;
}

/** The order in which a gateway starts and stops. */
export class GatewayApp {
  constructor(
    private readonly gateway: Gateway,
    private readonly publicListener: PublicListener,
    private readonly pushListener: PushListener,
    private readonly database: Database,
    private listen: Endpoint,
    private reversePush: Endpoint,
  ) {}

  /** As configured; with the ports that were really bound once it listens. */
  addresses(): readonly ApiAddresses[] {
    return this.gateway.apis.map(({ api: { serviceName, stage, path, id } }) => ({
      serviceName,
      apiId: id,
      websocket: `ws://${authority(this.listen)}/${stage}${path}`,
      reversePush: `http://${authority(this.reversePush)}/${id}`,
    }));
  }

  /**
   * First, since its port tells this gateway from a second one that was started by mistake: that one fails here,
   * before it takes over anything.
   */
  async listenForPushes(): Promise<void> {
    const { port } = await this.pushListener.start();
    this.reversePush = { ...this.reversePush, port };
  }

  /** Cleans up what an earlier life left behind, and lets clients in. */
  async listenForClients(): Promise<void> {
    // The port tells nodes on one host apart, and is the same after a restart.
    await this.gateway.start(`${hostname()}/${authority(this.reversePush)}`);
    const { port } = await this.publicListener.start();
    this.listen = { ...this.listen, port };
  }

  /** Tells every client to come back, and waits for their cleanups. Pushes are still answered. */
  async drain(): Promise<void> {
    await this.gateway.drain({ windowMs: 0, graceMs: DRAIN_MS });
  }

  /** To be called once it is drained. */
  async close(): Promise<void> {
    await this.publicListener.close();
    await this.pushListener.close();
    for (const { api } of this.gateway.apis) {
      await Promise.all(Object.values(api.functions).map(({ invoker }) => invoker.close()));
    }
    await this.database.close();
  }
}

/** What can be opened: an endpoint on every interface is reached over loopback. */
function authority({ host, port }: Endpoint): string {
  if (host === '0.0.0.0' || host === '::') return `127.0.0.1:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
