import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import {
  AcceptBroadcast,
  DisconnectClient,
  ProduceBroadcast,
  RequeueDeadLetter,
} from '@sendback/domain/messaging';
import {
  MemoryBroadcastLedger,
  MemoryBroadcastQueue,
  MemoryDeadLetterStore,
  MemoryPusher,
} from '@sendback/domain/messaging/testing';
import { ManualClock, MemoryLog, SequentialIds } from '@sendback/domain/runtime/testing';
import { HttpApi, type HttpApiOptions } from '../http-api';

export const TOKEN = 'the-token-of-the-tests';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export interface Document {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Readonly<
    Record<string, Record<string, { responses: Record<string, unknown>; security?: unknown[] }>>
  >;
}

/** The API on a free port, with ports in memory. */
export class ApiBench {
  readonly clock = new ManualClock();
  readonly log = new MemoryLog();
  readonly connections = new MemoryConnectionStore();
  readonly pusher = new MemoryPusher();
  readonly ledger = new MemoryBroadcastLedger();
  readonly deadLetters = new MemoryDeadLetterStore();
  readonly queue = new MemoryBroadcastQueue(4, this.clock, this.deadLetters);
  readonly api: HttpApi;
  origin = '';

  private constructor(options: Partial<HttpApiOptions>) {
    const { clock, connections, deadLetters, ledger, log, pusher, queue } = this;
    const accept = new AcceptBroadcast(queue, clock);
    this.api = new HttpApi({
      produceBroadcast: new ProduceBroadcast(accept, ledger, clock, queue.lanes),
      broadcasts: ledger,
      connections,
      disconnectClient: new DisconnectClient(connections, pusher),
      deadLetters,
      requeueDeadLetter: new RequeueDeadLetter(deadLetters, ledger, queue),
      ids: new SequentialIds(),
      log,
      tokens: [TOKEN],
      host: '127.0.0.1',
      port: 0,
      ...options,
    });
  }

  static async start(options: Partial<HttpApiOptions> = {}): Promise<ApiBench> {
    const bench = new ApiBench(options);
    const { port } = await bench.api.start();
    bench.origin = `http://127.0.0.1:${port}`;
    return bench;
  }

  /** Any request; a body that is not a string goes as JSON. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    const json: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, text, json };
  }

  /** A request that is answered as its document says it may be. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    const answer = await this.ask(method, path, body, headers);
    const [route = ''] = path.split('?');
    const { paths } = (await this.ask('GET', '/v1/openapi.json')).json as Document;
    const template = Object.keys(paths).find((one) =>
      new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(route),
    );
    const responses = paths[template ?? '']?.[method.toLowerCase()]?.responses ?? {};
    expect(Object.keys(responses)).toContain(String(answer.status));
    return answer;
  }

  async connect(
    connectionId: string,
    userId: string | null = null,
    ...rooms: readonly string[]
  ): Promise<void> {
    const openedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    await this.connections.add({ connectionId, pushAddress: `http://push/api-secret`, userId, openedAt });
    for (const room of rooms) await this.connections.join(connectionId, room);
  }
}
