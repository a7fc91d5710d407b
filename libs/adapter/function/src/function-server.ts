import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '@sendback/domain/runtime';
import { CallSlots } from './call-slots';
import { drain } from './drain';
import { ErrorAnswers, Refusal } from './error-answers';
import { namesOf } from './event-names';
import { createFunctionApp } from './function-app';
import { readEvent } from './read-event';
import { type ConfirmBody, SignatureCheck } from './signature-check';
import type { SigningSecret } from './signing-secret';

/** Holds the largest event: 1 MiB that a client said, each character of it escaped. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;

export type ServedFunction = (event: unknown) => Promise<unknown>;

export interface FunctionServerOptions {
  /** Each is served under its name; it bounds its own time. */
  readonly functions: Readonly<Record<string, ServedFunction>>;
  readonly log: Log;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Calls at once, over all functions; further ones wait for up to a second. */
  readonly maxConcurrent: number;
  /** Milliseconds a caller has to send an event; 10 s by default. */
  readonly requestTimeoutMs?: number;
  /** One of them must have signed a call. Left out, whoever reaches it may call. */
  readonly secrets?: readonly SigningSecret[];
  /** Adds plain HTTP routes of the app's own; neither the limit of calls nor the secrets hold for them. */
  readonly routes?: (app: FastifyInstance) => void;
}

/**
 * Functions behind HTTP, as HttpFunctionInvoker calls them: `POST /NAME` of the event as JSON is answered with 200 and
 * the return value as JSON. What the function throws is a 500, and logged. Calls whose turn does not come, and calls
 * while it stops, get 503 with `Retry-After`: the function certainly did not start. What strangers send gets 401.
 */
export class FunctionServer {
  private readonly app: FastifyInstance;
  private readonly slots: CallSlots;
  private readonly signatures: SignatureCheck | null;
  private readonly calls = new Set<Promise<unknown>>();
  private closing: Promise<void> | null = null;
  private refused = 0;

  constructor(private readonly options: FunctionServerOptions) {
    const { functions, log, requestTimeoutMs = REQUEST_TIMEOUT_MS, secrets, routes } = options;
    this.signatures = secrets ? new SignatureCheck(secrets) : null;
    this.slots = new CallSlots(options.maxConcurrent);
    this.app = createFunctionApp({
      log,
      notFound: ({ url }) => (isOneOf(functions, url) ? ErrorAnswers.notPost : ErrorAnswers.noFunction),
      headersTimeoutMs: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      requestTimeoutMs,
    });
    this.app.addHook('onSend', async (_request, reply) => {
      if (this.closing) reply.header('Connection', 'close');
    });
    for (const [name, run] of Object.entries(functions)) {
      this.app.post(`/${name}`, (request, reply) => this.serve(name, run, request, reply));
    }
    routes?.(this.app);
  }

  /** From the call of `close` on. */
  get isStopping(): boolean {
    return this.closing !== null;
  }

  /** Calls that run, those included whose caller has gone. */
  get underWay(): number {
    return this.calls.size;
  }

  /** Calls that were refused since it was made: there were too many at once, or it was stopping. */
  get turnedAway(): number {
    return this.refused;
  }

  /**
   * Listens.
   * @returns the address, `http://HOST:PORT`, under which its functions are
   * @throws Error with `code: 'EADDRINUSE'` when the port is taken
   */
  async start(): Promise<string> {
    const { host, port } = this.options;
    return this.app.listen({ host, port });
  }

  /** Takes no further call, and resolves when those under way have ended and are answered. Idempotent. */
  async close(): Promise<void> {
    this.closing ??= this.finish();
    await this.closing;
  }

  private async finish(): Promise<void> {
    await drain(this.app.server);
    await Promise.allSettled(this.calls);
    await this.app.close();
  }

  private async serve(
    name: string,
    run: ServedFunction,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    const confirm = this.signatures?.begin(request.headers);
    if (this.closing || !(await this.slots.take())) throw await this.refusal(request);
    const call = this.call(name, run, request, confirm);
    this.calls.add(call);
    try {
      void reply.type('application/json; charset=utf-8');
      return await call;
    } finally {
      this.calls.delete(call);
      this.slots.free();
    }
  }

  private async refusal({ raw }: FastifyRequest): Promise<Refusal> {
    this.refused++;
    if (!this.closing) return new Refusal(ErrorAnswers.busy);
    // To close a connection on which something lies unread is to reset it, and the answer may be lost with it.
    await finished(raw.resume()).catch(() => undefined);
    return new Refusal(ErrorAnswers.stopping);
  }

  private async call(
    name: string,
    run: ServedFunction,
    { raw }: FastifyRequest,
    confirm?: ConfirmBody,
  ): Promise<string> {
    const event = await readEvent(raw, MAX_EVENT_BYTES, confirm);
    try {
      const text = JSON.stringify(await run(event)) as string | undefined;
      return text ?? 'null';
    } catch (error) {
      this.options.log.error('a function failed', { function: name, ...namesOf(event), error });
      throw new Refusal(ErrorAnswers.internal);
    }
  }
}

function isOneOf(functions: FunctionServerOptions['functions'], url: string): boolean {
  return Object.hasOwn(functions, url.split('?', 1)[0]?.slice(1) ?? '');
}
