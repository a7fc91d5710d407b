import type { Clock, IdSource, Log } from '@sendback/domain/runtime';
import { AdmitClient } from './admit-client';
import type { Api } from './api';
import { Cleanups } from './cleanups';
import { CloseClients } from './close-clients';
import { CloseCode } from './close-code';
import { DeliverPush } from './deliver-push';
import { HandOver } from './hand-over';
import { LedgerRemovals } from './ledger-removals';
import { DEFAULT_LIMITS, type GatewayLimits } from './limits';
import { LiveApi } from './live-api';
import { Obligations } from './obligations';
import type { ParsePush } from './parse-push';
import { newNodeTag, type NodeParts, PushToNodes } from './push-to-nodes';
import { PushToClients } from './push-to-clients';
import { RecoverOrphans } from './recover-orphans';
import { Routes } from './routes';
import type { Session } from './session';
import type { SessionLedger, Tenure } from './session-ledger.port';
import { sleep, StoppableClock } from './stoppable-clock';
import { Tenancy } from './tenancy';

const SWEEP_MS = 1_000;

/** Between two batches of clients that are told to come back. */
const GOODBYE_MS = 50;

export interface GatewayParts {
  readonly apis: readonly Api[];
  readonly ledger: SessionLedger;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly limits?: Partial<GatewayLimits>;
  /** For integration responses (contract §5): the parser of the adapter that makes the sockets. */
  readonly parsePush: ParsePush;
  readonly nodes: NodeParts;
  /**
   * Another gateway owns this one's sessions: one of the same `nodeId` was started, or this process stood still for
   * longer than its lease. All sockets are being closed and nobody is admitted any more; the process should exit.
   */
  readonly tenureLost: () => void;
}

/** How a gateway stops. */
export interface DrainTimes {
  /** Milliseconds over which clients are told to come back, so that they do not return all at once; 0: all at once. */
  readonly windowMs: number;
  /** Milliseconds after the window in which hand-overs and cleanups may end. */
  readonly graceMs: number;
}

/** The gateway without its sockets: what an adapter drives, and what an app starts and drains. */
export class Gateway {
  readonly apis: readonly LiveApi[];
  readonly routes: Routes<LiveApi>;
  readonly admitClient: AdmitClient;
  readonly deliverPush: DeliverPush;
  readonly limits: GatewayLimits;

  private readonly timers: StoppableClock;
  private readonly obligations = new Obligations();
  private readonly tenancy: Tenancy;
  private readonly others: PushToNodes;
  private readonly recovery: RecoverOrphans;
  private startedAs: string | null = null;
  private draining = false;

  constructor(private readonly parts: GatewayParts) {
    const { ledger, clock, ids, log, nodes } = parts;
    const limits = { ...DEFAULT_LIMITS, ...parts.limits };
    this.limits = limits;
    this.timers = new StoppableClock(clock);
    const removals = new LedgerRemovals(ledger, this.obligations, this.timers, log);
    this.others = new PushToNodes(newNodeTag(ids), nodes, ledger, clock, log);
    this.tenancy = new Tenancy(ledger, this.timers, log, {
      renewed: (tenure, mayEndOthers) => void this.renewed(tenure, mayEndOthers),
      lost: () => this.lose(),
    });
    const pushToClients = new PushToClients(limits, clock);
    this.deliverPush = new DeliverPush(pushToClients, new CloseClients(), this.tenancy, this.others);
    const handOver = new HandOver(this.deliverPush, parts.parsePush, this.tenancy, this.timers, ids, log);
    this.apis = parts.apis.map((api) => this.live(api, limits, handOver, removals));
    this.routes = new Routes(this.apis);
    this.admitClient = new AdmitClient(ledger, limits, this.obligations, ids);
    this.recovery = new RecoverOrphans(ledger, this.apis, removals, this.obligations, log);
  }

  /**
   * Begins the node's tenure and admits clients from then on; what an earlier life left behind is cleaned up meanwhile.
   * @param nodeId the same after a restart, different from every other node that shares the ledger
   * @param address `http(s)://host:port` at which the other nodes reach this one's push listener
   * @throws LedgerUnavailable
   */
  async start(nodeId: string, address: string): Promise<void> {
    this.startedAs = nodeId;
    this.admitClient.begin(await this.tenancy.begin(nodeId, { tag: this.others.tag, address }));
    this.sweepLater();
  }

  /** What the ledger calls this node; null before the start. */
  get nodeId(): string | null {
    return this.startedAs;
  }

  /**
   * Milliseconds since the ledger last confirmed that this node's sessions are its own; null where it has none to own:
   * before the start, after the end. Past 10,000 other nodes may take them.
   */
  get leaseAgeMs(): number | null {
    return this.tenancy.ageMs;
  }

  /**
   * Admits nobody any more, tells every client to come back, and waits until all they said was handed over and their
   * cleanup answered. What is left then stands in the ledger for the next start. A client that was not told yet goes on
   * as before, pushes to it too. Resolves as soon as nothing is left to do. Never rejects.
   */
  async drain({ windowMs, graceMs }: DrainTimes): Promise<void> {
    this.draining = true;
    this.admitClient.stop();
    this.sayGoodbye(windowMs);
    if (this.tenancy.isHeld) await this.settled(windowMs + graceMs);
    this.stop();
    for (const session of this.sessions()) session.terminate('going away');
    await this.tenancy.end();
  }

  /** In even batches, and in the order of ids: that is a random one, in which the APIs are mixed. */
  private sayGoodbye(windowMs: number): void {
    const sessions = [...this.sessions()].sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1));
    const batches = Math.max(1, Math.min(sessions.length, Math.ceil(windowMs / GOODBYE_MS)));
    const tell = (batch: number): void => {
      const first = Math.ceil((sessions.length * batch) / batches);
      const end = Math.ceil((sessions.length * (batch + 1)) / batches);
      for (const session of sessions.slice(first, end)) session.close(CloseCode.goingAway, 'going away');
    };
    tell(0);
    for (let batch = 1; batch < batches; batch++) {
      this.timers.after((windowMs * batch) / batches, () => tell(batch));
    }
  }

  private live(api: Api, limits: GatewayLimits, handOver: HandOver, removals: LedgerRemovals): LiveApi {
    const { ids, log, nodes } = this.parts;
    const cleanups = new Cleanups(api.functions.cleanup, removals, this.tenancy, this.timers, log);
    return new LiveApi(
      api,
      limits,
      this.timers,
      ids,
      () => nodes.connectionIds.create(this.others.tag),
      this.obligations,
      handOver,
      cleanups,
      removals,
    );
  }

  /** Those whose nodes are dead first, so that pushes to them end with the same reading of the ledger. */
  private async renewed(tenure: Tenure, mayEndOthers: boolean): Promise<void> {
    if (!this.draining) await this.recovery.execute(tenure, mayEndOthers);
    await this.others.directory.refresh().catch((error: unknown) => {
      this.parts.log.warn('the nodes on the ledger could not be read', { error });
    });
  }

  private *sessions(): Generator<Session> {
    for (const { sessions } of this.apis) yield* sessions.values();
  }

  private sweepLater(): void {
    this.timers.after(SWEEP_MS, () => {
      const now = this.timers.now();
      if (!this.tenancy.isDoubtful) for (const live of this.apis) live.sweep(now);
      this.sweepLater();
    });
  }

  private async settled(withinMs: number): Promise<void> {
    const deadline = new StoppableClock(this.parts.clock);
    await Promise.race([this.obligations.settled(), sleep(deadline, withinMs)]);
    deadline.stop();
  }

  /** Cleanup is the new owner's to call. */
  private lose(): void {
    this.parts.log.error('this node lost its lease: all its connections are closed');
    this.admitClient.stop();
    this.stop();
    for (const session of this.sessions()) session.abandon(CloseCode.restarted, 'gateway restarted');
    this.obligations.disown();
    this.parts.tenureLost();
  }

  private stop(): void {
    this.timers.stop();
    for (const { cleanups } of this.apis) cleanups.stop();
  }
}
