import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type Gateway,
  LedgerUnavailable,
  type LiveApi,
  NodeUnreachable,
  type Push,
  type PushOutcome,
} from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import { type Answer, Answers, ErrNo, Refusal } from './answers';
import { IdLists } from './id-lists';
import { boundAddress, closeHttpServer, createHttpServer } from './http-server';
import { listConnections, showConnection } from './inspection';
import { PushAddresses } from './push-addresses';
import { PushBodies } from './push-bodies';
import { FORWARDED_TO, MAX_CONNECTIONS, MAX_MESSAGES, parsePushRequest, tooLarge } from './push-request';
import { PushTokens } from './push-tokens';
import { type TlsCredentials, TlsServers } from './tls';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_BYTES_AT_ONCE = 256 * 1024 * 1024;
/** By so much a push may grow on its way through another node, which writes it as a batch. */
const FORWARD_BYTES = 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than those who push keep an idle connection, so that none is closed under a push that is on its way. */
const KEEP_ALIVE_MS = 72_000;

interface PushAnswer {
  readonly errNo: number;
  readonly errMsg: string;
  readonly gone?: readonly string[];
  readonly slow?: readonly string[];
}

const OK: PushAnswer = { errNo: 0, errMsg: 'ok' };
const GONE: Answer = { status: 410, errNo: ErrNo.gone, errMsg: 'connection gone' };
const SLOW: Answer = { status: 503, errNo: ErrNo.slow, errMsg: 'connection slow' };

export interface PushListenerOptions {
  readonly gateway: Gateway;
  readonly log: Log;
  /** 127.0.0.1 by default: whoever reaches it needs only the secret in the path, unless there are tokens or `clientCa`. */
  readonly host?: string;
  /** 8081 by default, 0 for any free one. */
  readonly port?: number;
  /** Of one push request's body; 8 MiB by default. */
  readonly maxBytes?: number;
  /** Of all bodies that are being read; 256 MiB by default. A push that finds no room is answered 503. */
  readonly maxBytesAtOnce?: number;
  /** Plain HTTP without it. With `clientCa`, the app's own routes too need a client certificate. */
  readonly tls?: TlsCredentials;
  /** One of these bearer tokens is asked for besides the secret in the path; 32 characters at least. None by default. */
  readonly tokens?: readonly string[];
  /** Adds plain HTTP routes of the app's own, which go before the addresses and need no token. */
  readonly routes?: (app: FastifyInstance) => void;
}

/** The reverse push address (contract §4): `POST` and `GET` on `/api-…`, and what can be inspected below it. */
export class PushListener {
  private readonly app: FastifyInstance;
  private readonly tls: TlsServers | null;
  private readonly gateway: Gateway;
  private readonly addresses: PushAddresses;
  private readonly tokens: PushTokens;
  private readonly maxBytes: number;
  private readonly bodies: PushBodies;
  private readonly idLists = new IdLists();

  constructor(private readonly options: PushListenerOptions) {
    this.gateway = options.gateway;
    this.maxBytes = options.maxBytes ?? MAX_BYTES;
    this.bodies = new PushBodies(options.maxBytesAtOnce ?? MAX_BYTES_AT_ONCE);
    this.addresses = new PushAddresses(options.gateway.apis);
    this.tokens = new PushTokens(options.tokens ?? []);
    this.tls = options.tls ? new TlsServers(options.tls, HEADERS_TIMEOUT_MS) : null;
    this.app = createHttpServer({
      log: options.log,
      notFound: () => Answers.noAddress,
      headersTimeoutMs: HEADERS_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      tls: this.tls,
    });
    this.acceptAnyContentType();
    options.routes?.(this.app);
    this.app.get('/:address', { exposeHeadRoute: false }, (request) => this.capabilities(request));
    this.app.get('/:address/connections', { exposeHeadRoute: false }, (request) => this.list(request));
    this.app.get('/:address/connections/:id', { exposeHeadRoute: false }, (request) => this.show(request));
    this.app.post('/:address', (request) => this.push(request));
  }

  /**
   * Listens.
   * @throws Error with `code: 'EADDRINUSE'` when the port is taken
   */
  async start(): Promise<AddressInfo> {
    const { host = '127.0.0.1', port = 8081 } = this.options;
    await this.app.listen({ host, port });
    return boundAddress(this.app);
  }

  /**
   * Another certificate, for those who connect from now on. When it throws, the one before stays in force.
   * @throws Error of OpenSSL when certificate and key cannot be read, or do not belong together
   */
  reloadTls(credentials: TlsCredentials): void {
    this.tls?.reload(credentials);
  }

  /** Listens no more; pushes under way are carried out first, within seconds. */
  async close(): Promise<void> {
    await closeHttpServer(this.app, this.tls);
  }

  /** curl and old samples send JSON as a form or as nothing in particular; it is read once the address is known. */
  private acceptAnyContentType(): void {
    this.app.removeAllContentTypeParsers();
    this.app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    this.app.addHook('onRequest', async ({ raw }) => {
      delete raw.headers['content-type'];
    });
  }

  private async capabilities(request: FastifyRequest): Promise<object> {
    this.find(request);
    const { maxBytes } = this;
    return {
      batch: true,
      except: true,
      maxConnections: MAX_CONNECTIONS,
      maxMessages: MAX_MESSAGES,
      maxBytes,
    };
  }

  private async push(request: FastifyRequest): Promise<PushAnswer> {
    const live = this.find(request);
    const forwardedTo = request.headers[FORWARDED_TO];
    const forwarded = typeof forwardedTo === 'string';
    const body = await this.bodies.read(request.raw, this.maxBytes + (forwarded ? FORWARD_BYTES : 0));
    if (!body) throw tooLarge(`the body must not exceed ${this.maxBytes} bytes`);
    const push = parsePushRequest(body, this.idLists);
    const { gone, slow } = await this.deliver(live, forwarded ? { ...push, forwardedTo } : push);
    if (push.batch) return { ...OK, gone, slow };
    if (gone.length > 0) throw new Refusal(GONE);
    if (slow.length > 0) throw new Refusal(SLOW);
    return OK;
  }

  private async deliver(live: LiveApi, push: Push): Promise<PushOutcome> {
    try {
      return await this.gateway.deliverPush.execute(live, push);
    } catch (error) {
      if (error instanceof NodeUnreachable) throw new Refusal(Answers.nodeUnavailable);
      if (error instanceof LedgerUnavailable) throw new Refusal(Answers.ledgerUnavailable);
      throw error;
    }
  }

  private async list(request: FastifyRequest): Promise<object> {
    return listConnections(this.find(request), this.gateway.nodeId, request.query as Record<string, unknown>);
  }

  private async show(request: FastifyRequest): Promise<object> {
    return showConnection(this.find(request), this.gateway.nodeId, (request.params as { id: string }).id);
  }

  /** The token first: whoever has none is not told which addresses there are. */
  private find({ headers, params }: FastifyRequest): LiveApi {
    if (!this.tokens.allow(headers)) throw new Refusal(Answers.noToken);
    const live = this.addresses.find((params as { address: string }).address);
    if (!live) throw new Refusal(Answers.noAddress);
    return live;
  }
}
