import type { Awaited, Expected, Heard, Joining } from '../fanout/audience';
import { ToolProcess } from '../fanout/tool-process';
import { BYTES, PUSH_LOAD, type Pushed, type PushOrders } from '../push/push-load';
import type { Wrk } from '../push/wrk';
import { BenchGateway, NOWHERE, PATH } from '../support/bench-gateway';
import type { BuiltApp } from '../support/built-app';
import { CORE, pin } from '../support/cores';
import { countCpu } from '../support/process-usage';

/** As many for each push in flight, for all numbers of them. */
const CLIENTS = 1_024;
const RUN_MS = 1_000;
/** What takes longer than this to arrive, with nothing else arriving meanwhile, is lost. */
const PATIENCE_MS = 5_000;
/** The load generator leaves pushes under way when its time is over. */
const TRAILING_MS = 500;

export interface Run {
  readonly pushesPerSecond: number;
  /** Microseconds of the processor for each push. */
  readonly gatewayCpu: number;
  readonly loadCpu: number;
}

/** Of our own process that pushes: `sequential` makes a connection for each. */
export type Way = 'pusher' | 'keep-alive' | 'sequential';

/** The built gateway with clients that count, and a process that pushes to them. */
export class PushStage {
  private next = 0;

  private constructor(
    private readonly gateway: BenchGateway,
    private readonly audience: ToolProcess,
    private readonly load: ToolProcess,
    private readonly ids: readonly string[],
  ) {}

  /** @param flags of Node.js, for the gateway and for what pushes */
  static async set(app: BuiltApp, flags: readonly string[]): Promise<PushStage> {
    const gateway = await BenchGateway.start(app, { functions: { transfer: NOWHERE }, flags });
    const audience = await ToolProcess.start(['fanout-audience', '']);
    const load = await ToolProcess.start([PUSH_LOAD, ''], flags);
    await pin(audience.pid, CORE.server);
    await pin(load.pid, CORE.load);
    const joining: Joining = { port: gateway.port, path: PATH, count: CLIENTS };
    await audience.order('join', JSON.stringify(joining));
    const ids = await gateway.ids();
    if (ids.length !== CLIENTS) throw new Error(`${ids.length} of ${CLIENTS} clients are connected`);
    return new PushStage(gateway, audience, load, ids);
  }

  /** @throws Error when anything was lost, came twice, damaged or out of order */
  async ours(way: Way, inFlight: number): Promise<Run> {
    const counted = countCpu({ gateway: [this.gateway.pid], load: [this.load.pid] });
    const pushed = await this.measure(inFlight, 0, (orders) =>
      this.load.order<Pushed>(way, JSON.stringify(orders)),
    );
    const { seconds } = counted();
    const each = (name: string): number => ((seconds.get(name) ?? NaN) * 1e6) / pushed.pushes;
    return {
      pushesPerSecond: pushed.pushes / pushed.seconds,
      gatewayCpu: each('gateway'),
      loadCpu: each('load'),
    };
  }

  /** @returns pushes a second */
  async generated(wrk: Wrk, inFlight: number): Promise<number> {
    const { pushes, seconds } = await this.measure(inFlight, inFlight, (orders) => wrk.push(orders));
    return pushes / seconds;
  }

  async close(): Promise<void> {
    await this.load.stop();
    await this.audience.stop();
    await this.gateway.stop();
  }

  private async measure(
    inFlight: number,
    unanswered: number,
    push: (orders: PushOrders) => Promise<Pushed>,
  ): Promise<Pushed> {
    const from = this.next;
    // Its first pushes wait on connections that are accepted one after the other: they may be overtaken.
    const lines = unanswered > 0 ? Number.MAX_SAFE_INTEGER : 1;
    const expected: Expected = { from, bytes: BYTES, clients: 1, lines };
    await this.audience.order('expect', JSON.stringify(expected));
    const { ids } = this;
    const address = this.gateway.pushAddress;
    const pushed = await push({ address, ids, from, inFlight, ms: RUN_MS });
    const deliveries = pushed.pushes + unanswered;
    const patienceMs = unanswered > 0 ? TRAILING_MS : PATIENCE_MS;
    const awaited: Awaited = { deliveries, patienceMs };
    const heard = await this.audience.order<Heard>('heard', JSON.stringify(awaited));
    verify(heard, pushed.pushes, unanswered);
    // Those in flight at the end are of different numbers.
    this.next = from + pushed.pushes + 2 * CLIENTS;
    return pushed;
  }
}

function verify({ deliveries, sampled, amiss }: Heard, pushes: number, unanswered: number): void {
  if (deliveries < pushes || deliveries > pushes + unanswered)
    throw new Error(`${pushes} pushes were answered, ${deliveries} arrived`);
  if (sampled === 0 || amiss > 0)
    throw new Error(`of ${sampled} frames, ${amiss} were damaged or out of order`);
}
