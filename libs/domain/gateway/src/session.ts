import type { Clock } from '@sendback/domain/runtime';
import type { ClientListener, ClientMessage, ClientSocket, Frame } from './client-socket.port';
import type { ClientShare } from './client-usage';
import { CloseCode } from './close-code';
import { Inbox } from './inbox';
import type { GatewayLimits } from './limits';
import { GivenIds } from './recent-ids';
import type { LedgerSession } from './session-ledger.port';
import type { Volume } from './traffic';
import { Vitals } from './vitals';

/** What the sessions of one API share. */
export interface SessionHost {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly backendTimeoutMs: number;
  /** Messages of one session under way at a time. */
  readonly handOversAtOnce: number;
  /** Resolves to false when the message was not taken. Never rejects. */
  handOver(session: Session, message: ClientMessage): Promise<boolean>;
  /** Nothing reaches the client any more. */
  ended(session: Session): void;
  /** It ended, and all it had accepted is handed over: cleanup is due. */
  finished(session: Session): void;
}

export type SessionState = 'connecting' | 'open' | 'closing' | 'ended';

/** What there is to know about one connection. */
export interface SessionDetails {
  readonly connectionId: string;
  readonly sourceIp: string;
  readonly state: SessionState;
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number;
  /** Since the client's last message, or since it connected; not counted is the time in which it was not read. */
  readonly idleMs: number;
  /** What the client said. */
  readonly received: Volume;
  /** What was given to its socket, or waits for it. */
  readonly sent: Volume;
  /** Messages of the client that the transfer function has not answered yet. */
  readonly waiting: number;
  /** Bytes that were sent but not yet taken by the network. */
  readonly buffered: number;
}

/**
 * One client's connection, from before its registration until its socket is gone.
 *
 * `connecting` → `open` → `closing` → `ended`; any state may be left out but the last. A session that is closed while
 * it is connecting still gets its socket, is given what was pushed, and closes then.
 */
export class Session implements ClientListener {
  private state: SessionState = 'connecting';
  private socket: ClientSocket | null = null;
  private readonly inbox: Inbox;
  /** Hand-overs that run. */
  private underWay = 0;
  /** A message was lost: no further one is accepted, and the client is closed when nothing is under way any more. */
  private failed = false;
  private paused = false;
  /** Pushed before the upgrade. */
  private outbox: Frame[] = [];
  private outboxBytes = 0;
  private given: GivenIds | null = null;
  private receivedMessages = 0;
  private receivedBytes = 0;
  private sentMessages = 0;
  private sentBytes = 0;
  private readonly vitals: Vitals;
  /** 0 until somebody began to close. */
  private code = 0;
  private reason = '';

  constructor(
    private readonly host: SessionHost,
    readonly record: LedgerSession,
    readonly sourceIp: string,
    readonly share: ClientShare,
  ) {
    this.inbox = new Inbox(host.limits);
    this.vitals = new Vitals(record.openedAt, host.backendTimeoutMs, host.limits.heartbeatMs);
  }

  get connectionId(): string {
    return this.record.connectionId;
  }

  get closeCode(): number {
    return this.code;
  }

  get closeReason(): string {
    return this.reason;
  }

  /** Whether it has its socket: it was let in, and did not end yet. */
  get isConnected(): boolean {
    return this.socket !== null;
  }

  get hasEnded(): boolean {
    return this.state === 'ended';
  }

  /** Whether pushes are taken. */
  get isReachable(): boolean {
    return this.state === 'connecting' || this.state === 'open';
  }

  /** Bytes on their way to the client. */
  get backlog(): number {
    return this.socket ? this.socket.backlog : this.outboxBytes;
  }

  details(now: number): SessionDetails {
    return {
      connectionId: this.connectionId,
      sourceIp: this.sourceIp,
      state: this.state,
      openedAt: this.record.openedAt,
      idleMs: this.vitals.idleMs(now),
      received: { messages: this.receivedMessages, bytes: this.receivedBytes },
      sent: { messages: this.sentMessages, bytes: this.sentBytes },
      waiting: this.inbox.length,
      buffered: this.backlog,
    };
  }

  /** The upgrade is done: what was pushed meanwhile goes out first. */
  open(socket: ClientSocket): void {
    if (this.state === 'ended') {
      socket.terminate();
      return;
    }
    this.socket = socket;
    for (const frame of this.outbox) socket.send(frame, true);
    this.outbox = [];
    this.outboxBytes = 0;
    this.vitals.begin(this.host.clock.now());
    if (this.state === 'closing') socket.close(this.code, this.reason);
    else this.state = 'open';
  }

  /** A message of the client. What comes after the gateway began to close is not accepted any more. */
  receive(message: ClientMessage): void {
    if (this.state !== 'open' || this.failed) return;
    const now = this.host.clock.now();
    this.vitals.spoke(now);
    if (this.share.take(message.byteLength, now)) this.accept(message);
    else this.close(CloseCode.rateExceeded, 'rate exceeded');
  }

  /** The socket is gone, or will never come. Whoever closed first decides on the code. */
  closed(code: number, reason: string): void {
    if (this.state === 'ended') return;
    this.beginClosing(code, reason);
    this.end();
    if (this.underWay === 0) this.host.finished(this);
  }

  /** Begins to close; harmless when something else already did. */
  close(code: number, reason: string): void {
    if (!this.isReachable) return;
    this.beginClosing(code, reason);
    this.socket?.close(code, reason);
  }

  /** Lets go of it without cleanup: it was refused, or is somebody else's now. */
  abandon(code: number, reason: string): void {
    if (this.state === 'ended') return;
    this.inbox.clear();
    this.beginClosing(code, reason);
    this.socket?.close(code, reason);
    this.end();
  }

  terminate(reason: string): void {
    this.beginClosing(CloseCode.dropped, reason);
    this.socket?.terminate();
  }

  /**
   * Call it only while {@link isReachable}. False when the socket is closing, so that nothing was sent.
   * @param more whether another frame follows at once; it need not
   */
  send(frame: Frame, more = false): boolean {
    if (this.socket && !this.socket.send(frame, more)) return false;
    this.sentMessages++;
    this.sentBytes += frame.byteLength;
    if (this.socket) return true;
    this.outbox.push(frame);
    this.outboxBytes += frame.byteLength;
    return true;
  }

  /** @param id a number of {@link RecentIds} */
  wasGiven(id: number): boolean {
    return this.given?.has(id) ?? false;
  }

  remember(id: number): void {
    this.given ??= new GivenIds();
    this.given.add(id);
  }

  /** To be called again and again: closes what is idle, pings, and ends what does not answer. */
  sweep(now: number): void {
    if (this.state !== 'open' || !this.socket || this.paused) return;
    const state = this.vitals.check(now, this.socket);
    if (state === 'idle') this.close(CloseCode.idle, 'idle');
    else if (state === 'ping') this.socket.ping();
    else if (state === 'dead') this.terminate('no answer to ping');
  }

  private accept(message: ClientMessage): void {
    this.receivedMessages++;
    this.receivedBytes += message.byteLength;
    this.inbox.add(message);
    if (!this.paused && this.inbox.isFull) this.pause();
    if (this.underWay < this.host.handOversAtOnce) void this.handOverAll();
  }

  /** As many of these run as messages may be under way; each takes the next that waits. */
  private async handOverAll(): Promise<void> {
    this.underWay++;
    for (let next = this.inbox.take(); next; next = this.inbox.take()) {
      const taken = await this.host.handOver(this, next);
      this.inbox.answered(next);
      if (!taken) this.fail();
      else if (this.paused && this.inbox.hasRoom) this.resume();
    }
    this.underWay--;
    if (this.underWay === 0) this.handedOver();
  }

  /** What waits behind a message that was lost is dropped with it: order is promised, and the client is told. */
  private fail(): void {
    this.failed = true;
    this.inbox.clear();
  }

  private handedOver(): void {
    if (this.hasEnded) this.host.finished(this);
    else if (this.failed) this.close(CloseCode.functionFailed, 'the transfer function failed');
  }

  private pause(): void {
    this.paused = true;
    this.socket?.pause();
  }

  private resume(): void {
    this.paused = false;
    this.vitals.resume(this.host.clock.now());
    this.socket?.resume();
  }

  private beginClosing(code: number, reason: string): void {
    this.state = 'closing';
    if (this.code !== 0) return;
    this.code = code;
    this.reason = reason;
  }

  private end(): void {
    this.state = 'ended';
    this.host.ended(this);
    this.socket = null;
  }
}
