import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Gateway } from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import { Answers } from './answers';
import { clientAddress } from './client-address';
import { ClientSockets, type ClientSocketsOptions } from './client-sockets';
import { splitUrl } from './connect-request';
import { boundAddress, closeHttpServer, createHttpServer } from './http-server';
import { type TlsCredentials, TlsServers } from './tls';
import { Upgrades } from './upgrades';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** A client has one request: further ones are a page's of the app, which come at once. */
const KEEP_ALIVE_MS = 5_000;
/**
 * TCP connections beyond the clients that are let in: in their handshake, sending a request, being refused. Who is refused
 * is gone in milliseconds, so hundreds suffice for all to be told why; without a bound, silent ones would take up every
 * file descriptor.
 */
const SPARE_CONNECTIONS = 500;

export interface PublicListenerOptions extends Omit<ClientSocketsOptions, 'frameWindowMs'> {
  readonly gateway: Gateway;
  readonly log: Log;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Milliseconds a client has to send its request's headers; 10 s by default. */
  readonly headersTimeoutMs?: number;
  /** Plain HTTP without it. The handshake has the time of the headers, and they have theirs after it. */
  readonly tls?: TlsCredentials;
  /** Proxies whose `X-Forwarded-For` is believed: see {@link clientAddress}. None by default. */
  readonly trustProxy?: readonly string[];
  /** Adds plain HTTP routes of the app's own. */
  readonly routes?: (app: FastifyInstance) => void;
}

/** Where clients connect (contract §1, §5): every path that no route of the app takes belongs to the APIs. */
export class PublicListener {
  private readonly app: FastifyInstance;
  private readonly tls: TlsServers | null;
  private readonly upgrades: Upgrades;

  /** @throws TypeError for an entry of `trustProxy` that is none */
  constructor(private readonly options: PublicListenerOptions) {
    const { gateway, log, headersTimeoutMs = HEADERS_TIMEOUT_MS } = options;
    this.tls = options.tls ? new TlsServers(options.tls, headersTimeoutMs) : null;
    this.app = createHttpServer({
      log,
      notFound: ({ raw }) =>
        gateway.routes.match(splitUrl(raw.url).path) ? Answers.upgradeRequired : Answers.noApi,
      headersTimeoutMs,
      requestTimeoutMs: Math.max(REQUEST_TIMEOUT_MS, headersTimeoutMs),
      keepAliveMs: KEEP_ALIVE_MS,
      tls: this.tls,
    });
    this.app.server.maxConnections = gateway.limits.maxConnections + SPARE_CONNECTIONS;
    options.routes?.(this.app);
    const { frameWindowMs } = gateway.limits;
    const clients = new ClientSockets({ ...options, frameWindowMs });
    this.upgrades = new Upgrades(gateway, log, clients, clientAddress(options.trustProxy));
    this.app.server.on('upgrade', this.upgrades.handle);
  }

  /**
   * Listens; upgrades are refused with 503 until the gateway is started.
   * @throws Error with `code: 'EADDRINUSE'` when the port is taken
   */
  async start(): Promise<AddressInfo> {
    const { host, port } = this.options;
    await this.app.listen({ host, port });
    return boundAddress(this.app);
  }

  /**
   * Another certificate, for clients that connect from now on. When it throws, the one before stays in force.
   * @throws Error of OpenSSL when certificate and key cannot be read, or do not belong together
   */
  reloadTls(credentials: TlsCredentials): void {
    this.tls?.reload(credentials);
  }

  /** Listens no more and cuts every connection; drain the gateway first. */
  async close(): Promise<void> {
    this.upgrades.destroyAll();
    await closeHttpServer(this.app, this.tls);
  }
}
