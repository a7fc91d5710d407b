import { hostname } from 'node:os';
import type { Database } from '@sendback/adapter/typeorm';
import type { HttpNodeForwarder, PublicListener, PushListener } from '@sendback/adapter/websocket';
import type { Gateway } from '@sendback/domain/gateway';
import type { Certificates } from './certificates';
import type { ServerSettings } from './config/gateway-schema';

/** How long hand-overs and cleanups may take after clients were told to go; what is left then stands in the ledger. */
export const DRAIN_GRACE_MS = 10_000;

/** One API as clients and functions reach it. */
export interface ApiAddresses {
  readonly serviceName: string;
  readonly apiId: string;
  readonly websocket: string;
  readonly reversePush: string;
}

export interface GatewayAppParts {
  readonly gateway: Gateway;
  readonly publicListener: PublicListener;
  readonly pushListener: PushListener;
  readonly forwarder: HttpNodeForwarder;
  readonly database: Database;
  readonly certificates: Certificates;
}

/** The order in which a gateway starts and stops. */
export class GatewayApp {
  constructor(
    private readonly parts: GatewayAppParts,
    private listen: Pick<ServerSettings['listen'], 'host' | 'port' | 'tls'>,
    private reversePush: Pick<ServerSettings['reversePush'], 'host' | 'port' | 'tls' | 'advertise'>,
    /** Over which clients are told to come back. */
    private readonly drainWindowMs: number,
  ) {}

  /** As configured; with the ports that were really bound once it listens. */
  addresses(): readonly ApiAddresses[] {
    const { listen, reversePush } = this;
    return this.parts.gateway.apis.map(({ api: { serviceName, stage, path, id } }) => ({
      serviceName,
      apiId: id,
      websocket: `${listen.tls ? 'wss' : 'ws'}://${authority(listen)}/${stage}${path.replace(/^=/, '')}`,
      reversePush: `${schemeOf(reversePush)}://${authority(reversePush)}/${id}`,
    }));
  }

  /**
   * First, since its port tells this gateway from a second one that was started by mistake: that one fails here,
   * before it takes over anything.
   */
  async listenForPushes(): Promise<void> {
    const { port } = await this.parts.pushListener.start();
    this.reversePush = { ...this.reversePush, port };
  }

  /** Cleans up what an earlier life left behind, and lets clients in. */
  async listenForClients(): Promise<void> {
    const { gateway, publicListener } = this.parts;
    // The port tells nodes on one host apart, and is the same after a restart.
    await gateway.start(`${hostname()}/${authority(this.reversePush)}`, this.nodeAddress);
    const { port } = await publicListener.start();
    this.listen = { ...this.listen, port };
  }

  /** Reads the certificates anew, for whoever connects from now on. @throws ConfigError, and then all is as before */
  reload(): void {
    const { certificates, publicListener, pushListener, forwarder } = this.parts;
    certificates.read();
    const { clients, pushes, nodes } = certificates;
    if (clients) publicListener.reloadTls(clients);
    if (pushes) pushListener.reloadTls(pushes);
    if (nodes) forwarder.reloadTls(nodes);
  }

  /** Tells every client to come back, and waits for their cleanups. Pushes are still answered. */
  async drain(): Promise<void> {
    await this.parts.gateway.drain({ windowMs: this.drainWindowMs, graceMs: DRAIN_GRACE_MS });
  }

  /** To be called once it is drained. */
  async close(): Promise<void> {
    const { gateway, publicListener, pushListener, forwarder, database } = this.parts;
    await publicListener.close();
    await pushListener.close();
    forwarder.close();
    for (const { api } of gateway.apis) {
      await Promise.all(Object.values(api.functions).map(({ invoker }) => invoker.close()));
    }
    await database.close();
  }

  /** Where other gateways on the same ledger reach this one. */
  get nodeAddress(): string {
    const { advertise, host, port } = this.reversePush;
    if (advertise !== undefined) return advertise;
    const reached = isEverywhere(host) ? hostname() : host;
    return `${schemeOf(this.reversePush)}://${authority({ host: reached, port })}`;
  }
}

function schemeOf({ tls }: { readonly tls?: object | undefined }): 'http' | 'https' {
  return tls ? 'https' : 'http';
}

/** What can be opened: an endpoint on every interface is reached over loopback. */
function authority({ host, port }: { readonly host: string; readonly port: number }): string {
  if (isEverywhere(host)) return `127.0.0.1:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
