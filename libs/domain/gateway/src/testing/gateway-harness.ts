import type { IdSource } from '@sendback/domain/runtime';
import { ManualClock, MemoryLog, SequentialIds, settle } from '@sendback/domain/runtime/testing';
import type { Admission, ConnectRequest } from '../admit-client';
import { type Api, UNLIMITED } from '../api';
import { MemoryClientSocket } from '../client-socket.memory';
import { MemoryConnectionIds } from '../connection-ids.memory';
import type { Push } from '../deliver-push';
import type { CleanupEvent, FunctionEvent, RegistrationEvent, TransferEvent } from '../events';
import { MemoryFunctionInvoker } from '../function-invoker.memory';
import { Gateway } from '../gateway';
import type { GatewayLimits } from '../limits';
import type { LiveApi } from '../live-api';
import { MemoryNodeForwarder } from '../node-forwarder.memory';
import { BadPush } from '../parse-push';
import type { PushOutcome } from '../push-to-clients';
import type { NodeParts } from '../push-to-nodes';
import type { Session } from '../session';
import type { SessionLedger } from '../session-ledger.port';
import { MemorySessionLedger } from '../session-ledger.memory';

type Handler<E extends FunctionEvent> = (event: E) => unknown;

export interface Connected {
  readonly id: string;
  readonly session: Session;
  readonly socket: MemoryClientSocket;
}

export interface HarnessOptions {
  readonly ledger?: SessionLedger;
  readonly clock?: ManualClock;
  readonly nodeId?: string;
  readonly limits?: Partial<GatewayLimits>;
  readonly api?: Partial<Api>;
  readonly apis?: readonly Api[];
  readonly ids?: IdSource;
  /** Of a node among others, at the address `http://NODEID`. */
  readonly nodes?: NodeParts;
}

/** A gateway with one API, on a clock that stands still, with functions whose behaviour a spec sets. */
export class GatewayHarness {
  readonly clock: ManualClock;
  readonly ledger: SessionLedger;
  readonly log = new MemoryLog();
  readonly ids: IdSource;
  readonly gateway: Gateway;
  tenuresLost = 0;

  onRegister: Handler<RegistrationEvent> = () => ({ errNo: 0, errMsg: 'ok' });
  onTransfer: Handler<TransferEvent> = () => null;
  onCleanup: Handler<CleanupEvent> = () => null;

  readonly register: MemoryFunctionInvoker;
  readonly transfer: MemoryFunctionInvoker;
  readonly cleanup: MemoryFunctionInvoker;

  constructor(private readonly options: HarnessOptions = {}) {
    this.clock = options.clock ?? new ManualClock();
    this.ledger = options.ledger ?? new MemorySessionLedger(this.clock);
    this.ids = options.ids ?? new SequentialIds();
    this.register = this.invoker((event) => this.onRegister(event as RegistrationEvent));
    this.transfer = this.invoker((event) => this.onTransfer(event as TransferEvent));
    this.cleanup = this.invoker((event) => this.onCleanup(event as CleanupEvent));
    this.gateway = new Gateway({
      apis: options.apis ?? [{ ...this.api(), ...options.api }],
      ledger: this.ledger,
      clock: this.clock,
      ids: this.ids,
      log: this.log,
      parsePush: parseTextPush,
      nodes: options.nodes ?? {
        connectionIds: new MemoryConnectionIds(this.ids, 1),
        forwarder: new MemoryNodeForwarder(),
      },
      tenureLost: () => this.tenuresLost++,
      ...(options.limits ? { limits: options.limits } : {}),
    });
  }

  get live(): LiveApi {
    const [live] = this.gateway.apis;
    if (!live) throw new Error('no API');
    return live;
  }

  get registrations(): readonly RegistrationEvent[] {
    return this.register.events as RegistrationEvent[];
  }

  get transfers(): readonly TransferEvent[] {
    return this.transfer.events as TransferEvent[];
  }

  get cleanups(): readonly CleanupEvent[] {
    return this.cleanup.events as CleanupEvent[];
  }

  /** What the transfer function was given, in the order of its calls. */
  get handedOver(): readonly string[] {
    return this.transfers.map(({ websocket }) => websocket.data);
  }

  async started(): Promise<this> {
    const { nodeId = 'node' } = this.options;
    await this.gateway.start(nodeId, `http://${nodeId}`);
    return this;
  }

  admit(request: Partial<ConnectRequest> = {}): Promise<Admission> {
    const route = this.gateway.routes.match('/release/websocket');
    if (!route) throw new Error('no route');
    const defaults = { sourceIp: '10.0.2.14', headers: {}, queryString: {} };
    return this.gateway.admitClient.execute(route, { ...defaults, ...request });
  }

  async connect(request: Partial<ConnectRequest> = {}): Promise<Connected> {
    return this.upgrade(await this.admit(request));
  }

  upgrade(admission: Admission): Connected {
    if (admission.outcome !== 'admitted') throw new Error(`not admitted: ${admission.outcome}`);
    const { session } = admission;
    const socket = new MemoryClientSocket(session);
    session.open(socket);
    return { id: session.connectionId, session, socket };
  }

  /** Reverse push of `closing`; gives the ids that are gone. */
  async close(...ids: readonly string[]): Promise<readonly string[]> {
    const { gone } = await this.gateway.deliverPush.execute(this.live, {
      connectionIds: ids,
      messages: null,
    });
    return gone;
  }

  push(ids: readonly string[], ...texts: readonly string[]): Promise<PushOutcome> {
    return this.pushWithIds(
      ids,
      texts.map((text) => [null, text]),
    );
  }

  async pushWithIds(
    ids: readonly string[],
    messages: readonly (readonly [id: string | null, text: string])[],
  ): Promise<PushOutcome> {
    const outgoing = messages.map(([id, text]) => ({ id, frame: frame(text), except: null }));
    const pushed = this.gateway.deliverPush.execute(this.live, { connectionIds: ids, messages: outgoing });
    await this.clock.advance(0);
    return pushed;
  }

  says(socket: MemoryClientSocket, data: string, byteLength = data.length): void {
    socket.says({ dataType: 'text', data, byteLength });
  }

  settle(): Promise<void> {
    return settle();
  }

  /** What the ledger would hand to somebody else, once this node is dead for it. */
  async leftInLedger(): Promise<readonly string[]> {
    await this.ledger.begin(this.options.nodeId ?? 'node', 1, null);
    const heir = await this.ledger.begin('heir', 1_000, null);
    return (await this.ledger.adopt(heir, 1_000, false)).map(({ connectionId }) => connectionId);
  }

  api(): Api {
    const timeoutMs = 3_000;
    return {
      id: 'api-0123456789abcdef0123456789abcdef',
      serviceName: 'chat',
      stage: 'release',
      path: '/websocket',
      backendTimeoutSeconds: 600,
      integrationResponse: false,
      handOversAtOnce: 1,
      limits: { all: UNLIMITED, perAddress: UNLIMITED },
      functions: {
        register: { invoker: this.register, timeoutMs },
        transfer: { invoker: this.transfer, timeoutMs },
        cleanup: { invoker: this.cleanup, timeoutMs },
      },
    };
  }

  private invoker(handler: (event: FunctionEvent) => unknown): MemoryFunctionInvoker {
    return new MemoryFunctionInvoker(this.clock, handler);
  }
}

export function frame(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function textsOf(socket: MemoryClientSocket): readonly string[] {
  return socket.received.map((bytes) => String.fromCharCode(...bytes));
}

/** Of the real parser as much as a spec of the domain needs: text to one connection, or its end. */
function parseTextPush(body: unknown): Push {
  const { action, secConnectionID, data } =
    (body as { websocket?: Record<string, string> } | undefined)?.websocket ?? {};
  if (!secConnectionID) throw new BadPush('websocket.secConnectionID must be a string');
  const messages = action === 'closing' ? null : [{ id: null, frame: frame(data ?? ''), except: null }];
  return { connectionIds: [secConnectionID], messages };
}
