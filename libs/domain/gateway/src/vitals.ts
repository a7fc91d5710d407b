/** When a client last spoke, and whether it lives. Times are milliseconds since the Unix epoch. */
export class Vitals {
  private nextPingAt = 0;
  private signOfLife = true;

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
    this.signOfLife = true;
  }

  /** Any other sign of life than a message. */
  heard(): void {
    this.signOfLife = true;
  }

  idleMs(now: number): number {
    return now - this.lastMessageAt;
  }

  /** `idle` when no message came for the backend timeout; `ping` when it should be pinged; `dead` when it did not answer. */
  check(now: number): 'well' | 'idle' | 'ping' | 'dead' {
    if (this.idleMs(now) >= this.backendTimeoutMs) return 'idle';
    if (now < this.nextPingAt) return 'well';
    if (!this.signOfLife) return 'dead';
    this.signOfLife = false;
    this.nextPingAt = now + this.heartbeatMs;
    return 'ping';
  }
}
