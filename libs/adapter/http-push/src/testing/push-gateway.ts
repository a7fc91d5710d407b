import { type Payload, parsePayload } from '@sendback/domain/messaging';
import type { BatchLimits } from '../batch-limits';
import { type Asked, startServer } from './http-server';

export const API_PATH = '/api-0123456789abcdef0123456789abcdef';

/** One request as it came, parsed. */
export interface PushRequest {
  readonly connectionIds: readonly string[];
  readonly messages: readonly (Payload & { readonly id?: string; readonly except?: string })[];
  readonly bytes: number;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly errNo: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A strict stand-in of a reverse push address (contract §4): refuses whatever the contract does not allow.
 * Without limits it knows the single form only and repeats what is repeated, as the cloud's address does.
 */
export class PushGateway {
  readonly requests: PushRequest[] = [];
  questions = 0;
  /** The most requests that were under way at once. */
  peak = 0;
  /** Pushes are answered once so many have come, and all from then on. */
  gather = 1;
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];
  private lastId = 0;
  private readonly clients = new Map<string, { id?: string; payload: Payload }[]>();
  private readonly slow = new Set<string>();
  private readonly closed = new Set<string>();
  private end: () => Promise<void> = async () => undefined;
  address = '';

  private constructor(private readonly limits: BatchLimits | null) {}

  static async start(limits: BatchLimits | null): Promise<PushGateway> {
    const gateway = new PushGateway(limits);
    const { origin, close } = await startServer((asked, response) => {
      gateway.peak = Math.max(gateway.peak, ++gateway.underWay);
      const { status, body } = gateway.answer(asked);
      gateway.waiting.push(() => {
        gateway.underWay--;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
      if (asked.method === 'GET') gateway.waiting.pop()?.();
      else if (gateway.waiting.length >= gateway.gather) gateway.release();
    });
    gateway.address = `${origin}${API_PATH}`;
    gateway.end = close;
    return gateway;
  }

  /** As many further clients, with ids as long as they may be and of every character that they may have. */
  connect(count: number): string[] {
    const ids = this.ids(count);
    for (const id of ids) this.clients.set(id, []);
    return ids;
  }

  /** Ids that nobody has. */
  ids(count: number): string[] {
    return Array.from({ length: count }, () => `${++this.lastId}`.padStart(8, '0').padEnd(50, `"\\/'<>{}=+`));
  }

  stall(): string {
    const [id] = this.connect(1) as [string];
    this.slow.add(id);
    return id;
  }

  disconnect(id: string): void {
    this.closed.add(id);
  }

  received(id: string): Payload[] {
    return (this.clients.get(id) ?? []).map(({ payload }) => payload);
  }

  close(): Promise<void> {
    return this.end();
  }

  private release(): void {
    this.gather = 1;
    for (const answer of this.waiting.splice(0)) answer();
  }

  private answer(asked: Asked): { status: number; body: unknown } {
    try {
      if (asked.path !== API_PATH) throw new Refusal(404, 203, 'not found');
      if (asked.method === 'GET') return this.question();
      return { status: 200, body: { errNo: 0, errMsg: 'ok', ...this.push(asked) } };
    } catch (error) {
      if (!(error instanceof Refusal)) return { status: 400, body: { errNo: 105, errMsg: String(error) } };
      return { status: error.status, body: { errNo: error.errNo, errMsg: error.message } };
    }
  }

  private question(): { status: number; body: unknown } {
    this.questions++;
    if (this.limits) return { status: 200, body: { batch: true, ...this.limits } };
    return { status: 405, body: { errNo: 400, errMsg: 'method not allowed' } };
  }

  private push({ method, headers, body }: Asked): object {
    if (method !== 'POST' || headers['content-type'] !== 'application/json')
      throw new Error('not a JSON POST');
    if (headers['transfer-encoding'] !== undefined) throw new Error('no length');
    const { websocket, ...others } = JSON.parse(body) as { websocket: Record<string, unknown> };
    if (Object.keys(others).length > 0) throw new Error('unknown keys');
    const { action, ...rest } = websocket;
    if (action === 'closing') return this.closing(rest, body);
    if (action !== 'data send') throw new Error('unknown action');
    return 'secConnectionID' in rest ? this.single(rest, body) : this.batch(rest, body);
  }

  private closing(websocket: Record<string, unknown>, body: string): object {
    const { secConnectionID: id, secConnectionIDs: ids, ...others } = websocket;
    if (Object.keys(others).length > 0 || (ids !== undefined && id !== undefined))
      throw new Error('unknown keys');
    const request = this.record(ids === undefined ? [id] : (ids as unknown[]), [], body);
    if (ids !== undefined) this.checkBatch(request);
    const gone = request.connectionIds.filter((one) => !this.isConnected(one));
    for (const one of request.connectionIds) this.disconnect(one);
    if (ids !== undefined) return { gone, slow: [] };
    if (gone.length > 0) throw new Refusal(410, 201, 'connection gone');
    return {};
  }

  private single(websocket: Record<string, unknown>, body: string): object {
    const { secConnectionID: id, dataType, data, messageId, ...others } = websocket;
    if (Object.keys(others).length > 0) throw new Error('unknown keys');
    const request = this.record([id], [{ dataType, data, id: messageId }], body);
    const [outcome] = request.connectionIds.map((one) => this.give(one, request.messages));
    if (outcome === 'gone') throw new Refusal(410, 201, 'connection gone');
    if (outcome === 'slow') throw new Refusal(503, 202, 'connection slow');
    return {};
  }

  private batch(websocket: Record<string, unknown>, body: string): object {
    const { secConnectionIDs, messages, ...others } = websocket;
    if (Object.keys(others).length > 0) throw new Error('unknown keys');
    const request = this.record(secConnectionIDs as unknown[], messages as Record<string, unknown>[], body);
    const { maxMessages } = this.checkBatch(request);
    const { connectionIds: ids, messages: all } = request;
    if (all.length === 0 || all.length > maxMessages) throw new Error('messages');
    const outcomes = ids.map((id) => ({ id, outcome: this.give(id, all) }));
    const those = (wanted: string): string[] =>
      outcomes.filter(({ outcome }) => outcome === wanted).map(({ id }) => id);
    return { gone: those('gone'), slow: those('slow') };
  }

  private checkBatch({ connectionIds: ids, bytes }: PushRequest): BatchLimits {
    if (!this.limits) throw new Error('no batches');
    const { maxConnections, maxBytes } = this.limits;
    if (ids.length === 0 || ids.length > maxConnections || new Set(ids).size < ids.length)
      throw new Error('ids');
    if (bytes > maxBytes) throw new Refusal(413, 106, 'too large');
    return this.limits;
  }

  private record(
    ids: readonly unknown[],
    messages: readonly Record<string, unknown>[],
    body: string,
  ): PushRequest {
    const parsed = messages.map(({ id, dataType, data, except, ...others }) => {
      const isId = id === undefined || (typeof id === 'string' && id.length <= 200);
      const isExcept = except === undefined || (this.limits?.except === true && typeof except === 'string');
      if (!isId || !isExcept || Object.keys(others).length > 0) throw new Error('message');
      return {
        ...(id !== undefined && { id }),
        ...(except !== undefined && { except }),
        ...parsePayload(dataType, data),
      };
    });
    if (!ids.every((id) => typeof id === 'string' && id.length <= 50)) throw new Error('ids');
    const request = { connectionIds: ids as string[], messages: parsed, bytes: Buffer.byteLength(body) };
    this.requests.push(request);
    return request;
  }

  private isConnected(id: string): boolean {
    return this.clients.has(id) && !this.closed.has(id);
  }

  private give(connectionId: string, messages: PushRequest['messages']): 'given' | 'gone' | 'slow' {
    const given = this.clients.get(connectionId);
    if (!given || !this.isConnected(connectionId)) return 'gone';
    if (this.slow.has(connectionId)) return 'slow';
    for (const { id, except, ...payload } of messages) {
      if (except === connectionId) continue;
      if (!this.limits || !given.some((one) => id !== undefined && one.id === id)) {
        given.push({ ...(id !== undefined && { id }), payload });
      }
    }
    return 'given';
  }
}
