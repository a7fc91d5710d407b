import type { Clock, IdSource } from '@sendback/domain/runtime';
import type { Api } from './api';
import type { Cleanups } from './cleanups';
import type { ClientMessage } from './client-socket.port';
import { ClientUsage } from './client-usage';
import type { HandOver } from './hand-over';
import type { LedgerRemovals } from './ledger-removals';
import type { GatewayLimits } from './limits';
import type { Obligations } from './obligations';
import { RecentIds } from './recent-ids';
import { RecipientLists } from './recipients';
import { Session, type SessionHost } from './session';
import { Traffic } from './traffic';

/** An API while the gateway runs: its sessions, and what they share. */
export class LiveApi implements SessionHost {
  /** By connection id; what has ended is not in it. */
  readonly sessions = new Map<string, Session>();
  readonly recipients = new RecipientLists(this.sessions);
  readonly recentIds = new RecentIds();
  readonly traffic = new Traffic();
  readonly backendTimeoutMs: number;
  readonly handOversAtOnce: number;
  private readonly usage: ClientUsage;

  constructor(
    readonly api: Api,
    readonly limits: GatewayLimits,
    readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly newConnectionId: () => string,
    private readonly obligations: Obligations,
    private readonly transfers: HandOver,
    readonly cleanups: Cleanups,
    private readonly removals: LedgerRemovals,
  ) {
    this.backendTimeoutMs = api.backendTimeoutSeconds * 1_000;
    this.handOversAtOnce = api.handOversAtOnce;
    this.usage = new ClientUsage(api.limits);
  }

  /** Whether one more client from this address keeps within the API's limits; those being admitted count. */
  hasRoomFor(sourceIp: string): boolean {
    return this.usage.hasRoomFor(sourceIp);
  }

  /** A new session, which the gateway owes its end from now on. */
  connect(sourceIp: string): Session {
    const record = {
      connectionId: this.newConnectionId(),
      apiId: this.api.id,
      cleanupRequestId: this.ids.uuid(),
      openedAt: this.clock.now(),
    };
    const session = new Session(this, record, sourceIp, this.usage.enter(sourceIp));
    this.obligations.add();
    this.sessions.set(session.connectionId, session);
    return session;
  }

  /** Ends a session of which the functions know nothing that would need cleanup. */
  discard(session: Session, code: number, reason: string): void {
    session.abandon(code, reason);
    this.removals.add(session.connectionId);
  }

  /** To be called again and again. */
  sweep(now: number): void {
    for (const session of this.sessions.values()) session.sweep(now);
    this.usage.sweep(now);
    this.recipients.forget();
  }

  handOver(session: Session, message: ClientMessage): Promise<boolean> {
    this.traffic.take(message.byteLength);
    return this.transfers.execute(this, session, message);
  }

  ended(session: Session): void {
    this.sessions.delete(session.connectionId);
    this.usage.leave(session.share);
    if (session.isConnected) this.traffic.closed(session.closeCode);
  }

  finished({ record, closeCode, closeReason }: Session): void {
    const { connectionId, cleanupRequestId: requestId } = record;
    this.cleanups.add({ connectionId, requestId, closeCode, closeReason });
  }
}
