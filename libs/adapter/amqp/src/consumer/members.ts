import type { Clock } from '@sendback/domain/runtime';

/** More than this share no deployment's lanes. */
const MAX_MEMBERS = 1_000;

/** The consumers that were heard of lately. */
export class Members {
  private readonly heardAt = new Map<string, number>();

  constructor(
    private readonly me: string,
    private readonly silenceMs: number,
    private readonly clock: Clock,
  ) {}

  /** @returns whether it is a new one */
  heard(member: string): boolean {
    const isNew = !this.heardAt.has(member);
    if (isNew && this.heardAt.size >= MAX_MEMBERS) return false;
    this.heardAt.set(member, this.clock.now());
    return isNew;
  }

  left(member: string): void {
    this.heardAt.delete(member);
  }

  /** This one included, in any order. */
  live(): readonly string[] {
    const since = this.clock.now() - this.silenceMs;
    for (const [member, at] of this.heardAt) if (at < since) this.heardAt.delete(member);
    return [...new Set([this.me, ...this.heardAt.keys()])];
  }
}
