import * as http from 'node:http';
import * as https from 'node:https';
import {
  type GatewayNode,
  NodeForwarder,
  NodeUnreachable,
  type OutgoingMessage,
  type Push,
  type PushOutcome,
} from '@sendback/domain/gateway';
import { PreparedFrame } from './frame';
import { type NodeAnswer, NodeExchange } from './node-exchange';
import { FORWARDED_TO } from './push-request';

/** Less than whoever pushes waits, so that the answer says what is wrong. */
const DEADLINE_MS = 8_000;
/** Connections to one node. */
const MAX_SOCKETS = 64;
/** Shorter than a node keeps an idle connection: few are found stale. */
const MAX_IDLE_MS = 4_000;

const END = Buffer.from('}}');

/** Contents of PEM files, for nodes at `https:`. */
export interface NodeTls {
  /** Of the CAs of the nodes' certificates; those of Node.js without it. */
  readonly ca?: string;
  /** What this node shows where the others ask for a certificate. */
  readonly cert?: string;
  readonly key?: string;
}

export interface HttpNodeForwarderOptions {
  /** Of one forward, in milliseconds; 8,000 by default. */
  readonly deadlineMs?: number;
  /** What the other nodes' push listeners ask for. */
  readonly token?: string;
  readonly tls?: NodeTls;
}

/**
 * Forwards over the push listeners of the other nodes, as a batch (contract §4) with a header that names the node which
 * is meant: whoever answers in its place refuses, and nobody hands it on again.
 */
export class HttpNodeForwarder extends NodeForwarder {
  private readonly plain = new http.Agent(agentOptions);
  private tls: NodeTls | undefined;
  private secure: https.Agent;
  private readonly headers: http.OutgoingHttpHeaders;
  private readonly underWay = new Set<NodeExchange>();
  /** The messages of a push that goes to several nodes are written out once. */
  private readonly messages = new WeakMap<readonly OutgoingMessage[], Buffer>();
  private closed = false;

  constructor(private readonly options: HttpNodeForwarderOptions = {}) {
    super();
    this.tls = options.tls;
    this.secure = new https.Agent({ ...agentOptions, ...this.tls });
    this.headers = {
      'content-type': 'application/json',
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    };
  }

  async forward({ tag, address }: GatewayNode, apiId: string, push: Push): Promise<PushOutcome> {
    const url = URL.canParse(address) ? new URL(`/${apiId}`, address) : null;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
      throw new NodeUnreachable('the address of the node is no http: or https: URL');
    return outcomeOf(await this.exchange(url, tag, this.bodyOf(push)), push);
  }

  /** For connections from now on. */
  reloadTls(tls: NodeTls): void {
    this.tls = tls;
    this.secure = new https.Agent({ ...agentOptions, ...tls });
  }

  close(): void {
    this.closed = true;
    for (const exchange of this.underWay) exchange.abort('the forwarder was closed');
    this.plain.destroy();
    this.secure.destroy();
  }

  /** On a connection of its own where the one that was kept had been closed by the node meanwhile. */
  private async exchange(url: URL, tag: string, body: readonly Buffer[]): Promise<NodeAnswer> {
    if (this.closed) throw new NodeUnreachable('the forwarder is closed');
    const deadline = Date.now() + (this.options.deadlineMs ?? DEADLINE_MS);
    const first = this.begin(url, tag, body, url.protocol === 'https:' ? this.secure : this.plain);
    try {
      return await this.within(deadline, first);
    } catch (failure) {
      if (!first.wasStale) throw failure;
      return this.within(deadline, this.begin(url, tag, body, this.fresh(url)));
    }
  }

  private async within(deadline: number, exchange: NodeExchange): Promise<NodeAnswer> {
    this.underWay.add(exchange);
    const timer = setTimeout(() => exchange.abort('no answer in time'), deadline - Date.now());
    try {
      return await exchange.answer;
    } finally {
      clearTimeout(timer);
      this.underWay.delete(exchange);
    }
  }

  private begin(url: URL, tag: string, body: readonly Buffer[], agent: http.Agent): NodeExchange {
    const { request } = url.protocol === 'https:' ? https : http;
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const headers = { ...this.headers, [FORWARDED_TO]: tag, 'content-length': length };
    return new NodeExchange(request(url, { method: 'POST', agent, headers }), body);
  }

  private fresh(url: URL): http.Agent {
    return url.protocol === 'https:' ? new https.Agent(this.tls) : new http.Agent();
  }

  private bodyOf({ connectionIds, messages }: Push): readonly Buffer[] {
    const action = messages ? 'data send' : 'closing';
    const head = JSON.stringify({ websocket: { action, secConnectionIDs: connectionIds } }).slice(
      0,
      -END.length,
    );
    return messages ? [Buffer.from(head), this.tailOf(messages)] : [Buffer.from(head), END];
  }

  private tailOf(messages: readonly OutgoingMessage[]): Buffer {
    const known = this.messages.get(messages);
    if (known) return known;
    const tail = Buffer.from(`,"messages":${JSON.stringify(messages.map(messageOf))}}}`);
    this.messages.set(messages, tail);
    return tail;
  }
}

const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: MAX_IDLE_MS };

function messageOf({ id, frame, except }: OutgoingMessage): object {
  if (!(frame instanceof PreparedFrame)) throw new TypeError('a frame of another adapter');
  return { ...(id !== null && { id }), ...frame.payload, ...(except !== null && { except }) };
}

/** @throws NodeUnreachable for anything but the answer to a batch */
function outcomeOf({ status, body }: NodeAnswer, { connectionIds }: Push): PushOutcome {
  const { errNo, gone, slow } = fieldsOf(body);
  if (status !== 200 || errNo !== 0 || !isStrings(gone) || !isStrings(slow))
    throw new NodeUnreachable(
      `the node answers HTTP ${status}${typeof errNo === 'number' ? ` errNo ${errNo}` : ''}`,
    );
  const asked = new Set(connectionIds);
  if (![...gone, ...slow].every((id) => asked.has(id)))
    throw new NodeUnreachable('the node speaks of connections that it was not asked about');
  return { gone, slow };
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
