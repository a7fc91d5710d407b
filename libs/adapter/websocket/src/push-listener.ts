import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gateway, LiveApi } from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import { type Answer, Answers, ErrNo, Refusal } from './answers';
import { boundAddress, closeHttpServer, createHttpServer } from './http-server';
import { PushAddresses } from './push-addresses';
import { readBody } from './push-body';
import { MAX_CONNECTIONS, MAX_MESSAGES, parsePushRequest, tooLarge } from './push-request';

const MAX_BYTES = 8 * 1024 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

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
  /** 127.0.0.1 by default: whoever reaches it needs only the secret in the path. */
  readonly host?: string;
  /** 8081 by default, 0 for any free one. */
  readonly port?: number;
  /** Of one push request's body; 8 MiB by default. */
  readonly maxBytes?: number;
  /** Adds plain HTTP routes of the app's own, which go before the addresses. */
  readonly routes?: (app: FastifyInstance) => void;
}

/** The reverse push address (contract §4): `POST` and `GET` on `/api-…`. */
export class PushListener {
  private readonly app: FastifyInstance;
  private readonly gateway: Gateway;
  private readonly addresses: PushAddresses;
  private readonly maxBytes: number;

  constructor(private readonly options: PushListenerOptions) {
    this.gateway = options.gateway;
    this.maxBytes = options.maxBytes ?? MAX_BYTES;
    this.addresses = new PushAddresses(options.gateway.apis);
    this.app = createHttpServer({
      log: options.log,
      notFound: () => Answers.noAddress,
      headersTimeoutMs: HEADERS_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    });
    this.acceptAnyContentType();
    options.routes?.(this.app);
    this.app.get('/:address', { exposeHeadRoute: false }, (request) => this.capabilities(request));
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

  /** Listens no more; pushes under way are carried out first, within seconds. */
  async close(): Promise<void> {
    await closeHttpServer(this.app);
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
    return { batch: true, maxConnections: MAX_CONNECTIONS, maxMessages: MAX_MESSAGES, maxBytes };
  }

  private async push(request: FastifyRequest): Promise<PushAnswer> {
    const live = this.find(request);
    const body = await readBody(request.raw, this.maxBytes);
    if (!body) throw tooLarge(`the body must not exceed ${this.maxBytes} bytes`);
    const push = parsePushRequest(body.toString());
    const { gone, slow } = await this.gateway.deliverPush.execute(live, push);
    if (push.batch) return { ...OK, gone, slow };
    if (gone.length > 0) throw new Refusal(GONE);
    if (slow.length > 0) throw new Refusal(SLOW);
    return OK;
  }

  private find({ params }: FastifyRequest): LiveApi {
    const live = this.addresses.find((params as { address: string }).address);
    if (!live) throw new Refusal(Answers.noAddress);
    return live;
  }
}
