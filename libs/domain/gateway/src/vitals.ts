/** Stands for no ping that is to be answered. */
const UNASKED = -1;

/** When a client last spoke, and whether it lives. Times are milliseconds since the Unix epoch. */
export class Vitals {
  private nextPingAt = 0;
  /** What had been read of it when it was pinged. */
  private bytesAtPing = UNASKED;

  constructor(
    private lastMessageAt: number,
    private readonly backendTimeoutMs: number,
    private readonly heartbeatMs: number,
  ) {}

  /** Its connection is open from now on. */
  begin(now: number): void {
    this.lastMessageAt = now;
    this.nextPingAt = now + this.heartbeatMs;
  }

  spoke(now: number): void {
    this.lastMessageAt = now;
  }

  /** It is listened to again; before, it could give no sign of life. */
  resume(now: number): void {
    this.lastMessageAt = now;
    this.bytesAtPing = UNASKED;
  }

  idleMs(now: number): number {
    return now - this.lastMessageAt;
  }

  /**
   * `idle` when no message came for the backend timeout; `ping` when it should be pinged; `dead` when nothing at all came
   * since it last was.
   */
  check(now: number, client: { readonly bytesRead: number }): 'well' | 'idle' | 'ping' | 'dead' {
    if (this.idleMs(now) >= this.backendTimeoutMs) return 'idle';
    if (now < this.nextPingAt) return 'well';
    const { bytesRead } = client;
    if (bytesRead === this.bytesAtPing) return 'dead';
    this.bytesAtPing = bytesRead;
    this.nextPingAt = now + this.heartbeatMs;
    return 'ping';
  }
}
