import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  type Api,
  type CleanupEvent,
  type ConnectionIds,
  type FunctionEvent,
  Gateway,
  type GatewayLimits,
  newApiId,
  type RegistrationEvent,
  type TransferEvent,
  UNLIMITED,
} from '@sendback/domain/gateway';
import {
  MemoryConnectionIds,
  MemoryFunctionInvoker,
  MemorySessionLedger,
} from '@sendback/domain/gateway/testing';
import { Clock, IdSource, type Timer } from '@sendback/domain/runtime';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { HttpNodeForwarder } from '../http-node-forwarder';
import { PublicListener, type PublicListenerOptions } from '../public-listener';
import { PushListener } from '../push-listener';
import { parsePush } from '../push-request';

class RealClock extends Clock {
  now(): number {
    return Date.now();
  }

  after(ms: number, callback: () => void): Timer {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  }
}

export class RandomIds extends IdSource {
  hex(bytes: number): string {
    return randomBytes(bytes).toString('hex');
  }

  uuid(): string {
    return randomUUID();
  }
}

export interface RealGatewayOptions {
  readonly clock?: Clock;
  readonly api?: Partial<Api>;
  readonly limits?: Partial<GatewayLimits>;
  readonly listener?: Partial<PublicListenerOptions>;
  readonly maxPushBytes?: number;
  /** Of each function; 30 s by default, which is longer than any of these specs may take. */
  readonly functionTimeoutMs?: number;
  readonly host?: string;
  /** One of several on a ledger; the only one on its own by default. */
  readonly node?: {
    readonly id: string;
    readonly ledger: MemorySessionLedger;
    readonly connectionIds: ConnectionIds;
  };
}

/** A gateway of one API on real sockets, with functions in this process whose behaviour a spec sets. */
export class RealGateway {
  readonly log = new MemoryLog();
  readonly ids = new RandomIds();
  readonly ledger: MemorySessionLedger;
  private readonly forwarder = new HttpNodeForwarder({ deadlineMs: 30_000 });
  readonly gateway: Gateway;
  readonly api: Api;
  onRegister: (event: RegistrationEvent) => unknown = () => ({ errNo: 0, errMsg: 'ok' });
  onTransfer: (event: TransferEvent) => unknown = () => null;
  onCleanup: (event: CleanupEvent) => unknown = () => null;
  port = 0;
  pushPort = 0;

  private readonly functions: Record<'register' | 'transfer' | 'cleanup', MemoryFunctionInvoker>;
  private readonly publicListener: PublicListener;
  readonly pushListener: PushListener;
  private readonly nodeId: string;
  private readonly clients: (WebSocket | Socket)[] = [];

  constructor({
    clock = new RealClock(),
    api,
    limits,
    listener,
    maxPushBytes,
    functionTimeoutMs = 30_000,
    host,
    node,
  }: RealGatewayOptions = {}) {
    this.nodeId = node?.id ?? 'node';
    this.ledger = node?.ledger ?? new MemorySessionLedger();
    const invoker = (handler: (event: FunctionEvent) => unknown): MemoryFunctionInvoker =>
      new MemoryFunctionInvoker(clock, handler);
    this.functions = {
      register: invoker((event) => this.onRegister(event as RegistrationEvent)),
      transfer: invoker((event) => this.onTransfer(event as TransferEvent)),
      cleanup: invoker((event) => this.onCleanup(event as CleanupEvent)),
    };
    this.api = { ...this.makeApi(functionTimeoutMs), ...api };
    const { log, ledger, ids } = this;
    const tenureLost = (): void => log.error('tenure lost');
    const parts = { apis: [this.api], ledger, clock, ids, log, parsePush, tenureLost };
    const connectionIds = node?.connectionIds ?? new MemoryConnectionIds(ids, 1);
    const nodes = { connectionIds, forwarder: this.forwarder };
    this.gateway = new Gateway({ ...parts, nodes, ...(limits && { limits }) });
    const shared = { gateway: this.gateway, log: this.log, host: host ?? '127.0.0.1', port: 0 };
    this.publicListener = new PublicListener({ ...shared, ...listener });
    this.pushListener = new PushListener({
      ...shared,
      ...(maxPushBytes === undefined ? {} : { maxBytes: maxPushBytes }),
    });
  }

  get registrations(): readonly RegistrationEvent[] {
    return this.functions.register.events as RegistrationEvent[];
  }

  get transfers(): readonly TransferEvent[] {
    return this.functions.transfer.events as TransferEvent[];
  }

  get cleanups(): readonly CleanupEvent[] {
    return this.functions.cleanup.events as CleanupEvent[];
  }

  get handedOver(): readonly string[] {
    return this.transfers.map(({ websocket }) => websocket.data);
  }

  get lastConnectionId(): string {
    return this.registrations.at(-1)?.websocket.secConnectionID ?? '';
  }

  async start(): Promise<this> {
    this.pushPort = (await this.pushListener.start()).port;
    await this.gateway.start(this.nodeId, `http://127.0.0.1:${this.pushPort}`);
    this.port = (await this.publicListener.start()).port;
    return this;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) {
      if (client instanceof WebSocket) client.terminate();
      else client.destroy();
    }
    await this.gateway.drain({ windowMs: 0, graceMs: 0 });
    this.forwarder.close();
    await this.pushListener.close();
    await this.publicListener.close();
  }

  /** A client that is connected, with the id the registration function was told. */
  async connect(protocols: string[] = [], path = '/release/websocket'): Promise<Client> {
    const ws = new WebSocket(`ws://127.0.0.1:${this.port}${path}`, protocols, { perMessageDeflate: false });
    this.clients.push(ws);
    const client = new Client(ws);
    await new Promise((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
    });
    client.id = this.lastConnectionId;
    return client;
  }

  /** A plain TCP connection, and all it receives. */
  raw(host = '127.0.0.1'): RawClient {
    const socket = connect(this.port, host);
    this.clients.push(socket);
    return new RawClient(socket);
  }

  /** A client over plain TCP, after the upgrade. */
  async rawUpgraded(path?: string): Promise<RawClient> {
    const client = this.raw();
    client.write(upgradeRequest(path));
    await until(() => client.text.includes('\r\n\r\n'));
    return client;
  }

  async push(websocket: object, init: RequestInit = {}): Promise<{ status: number; body: PushBody }> {
    return this.post(JSON.stringify({ websocket }), init);
  }

  async post(
    body: RequestInit['body'],
    init: RequestInit = {},
    path = `/${this.api.id}`,
  ): Promise<{ status: number; body: PushBody }> {
    const response = await fetch(`http://127.0.0.1:${this.pushPort}${path}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
      ...init,
    });
    return { status: response.status, body: (await response.json()) as PushBody };
  }

  private makeApi(timeoutMs: number): Api {
    const { register, transfer, cleanup } = this.functions;
    return {
      id: newApiId(this.ids),
      serviceName: 'chat',
      stage: 'release',
      path: '/websocket',
      backendTimeoutSeconds: 600,
      integrationResponse: false,
      handOversAtOnce: 1,
      limits: { all: UNLIMITED, perAddress: UNLIMITED },
      functions: {
        register: { invoker: register, timeoutMs },
        transfer: { invoker: transfer, timeoutMs },
        cleanup: { invoker: cleanup, timeoutMs },
      },
    };
  }
}

export interface PushBody {
  readonly errNo: number;
  readonly errMsg: string;
  readonly gone?: readonly string[];
  readonly slow?: readonly string[];
}

export class Client {
  id = '';
  readonly received: string[] = [];
  closeFrame: { readonly code: number; readonly reason: string } | null = null;

  constructor(readonly ws: WebSocket) {
    ws.on('message', (data, isBinary) =>
      this.received.push((data as Buffer).toString(isBinary ? 'base64' : 'utf8')),
    );
    ws.on('close', (code, reason) => (this.closeFrame = { code, reason: reason.toString() }));
    ws.on('error', () => undefined);
  }

  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    if (!this.closeFrame) await new Promise((resolve) => this.ws.once('close', resolve));
    return this.closeFrame ?? { code: 0, reason: '' };
  }
}

export class RawClient {
  bytes = Buffer.alloc(0);
  closed = false;

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => (this.bytes = Buffer.concat([this.bytes, chunk])));
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => undefined);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** The whole of what came until the connection was closed. */
  async all(): Promise<string> {
    await until(() => this.closed);
    return this.text;
  }
}

export function upgradeRequest(
  path = '/release/websocket',
  headers: Record<string, string | null> = {},
): string {
  const all: Record<string, string | null> = {
    Host: 'example.com',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

/** A masked client frame; the mask is zero, so that the payload can be read as it is. */
export function clientFrame(
  opcode: number,
  payload: Uint8Array | string,
  { fin = true, rsv1 = false } = {},
): Buffer {
  const data = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  const length = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 255];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), data]);
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
