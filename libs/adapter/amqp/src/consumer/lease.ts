import type { Clock } from '@sendback/domain/runtime';

/**
 * How long the broker surely holds this process for alive: it closes a connection no sooner than two heartbeats after
 * it last heard of it. Whoever stood still for longer has lost its lanes, told or not.
 */
export class Lease {
  private over = false;
  private until: number;

  constructor(
    private readonly ms: number,
    private readonly clock: Clock,
  ) {
    this.until = clock.now() + ms;
  }

  /** True for good. */
  lost(): boolean {
    this.over ||= this.clock.now() >= this.until;
    return this.over;
  }

  /** The broker has answered what it was asked at this time. */
  renew(askedAt: number): void {
    this.until = Math.max(this.until, askedAt + this.ms);
  }

  end(): void {
    this.over = true;
  }
}
