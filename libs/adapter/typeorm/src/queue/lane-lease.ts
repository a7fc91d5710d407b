import type { Clock } from '@sendback/domain/runtime';

/** The lane belongs to another consumer by now: nothing that is done to it has an effect. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost';
}

/** A lane held by a consumer, from one claim until it is lost or given back. */
export class LaneLease {
  /** To be given back as soon as nothing is in hand. */
  surplus = false;
  private over = false;

  /**
   * @param token names this claim in the database: what is done under an earlier one has no effect
   * @param until by this process's clock; the database counts on from a later moment
   */
  constructor(
    readonly lane: number,
    readonly token: string,
    private until: number,
    private readonly clock: Clock,
  ) {}

  /** True for good once another consumer may have the lane. */
  lost(): boolean {
    this.over ||= this.clock.now() >= this.until;
    return this.over;
  }

  renewed(until: number): void {
    this.until = until;
  }

  end(): void {
    this.over = true;
  }
}
