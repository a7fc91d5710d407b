/** Counted in thousandths, so that what a millisecond brings is exact at every whole rate. */
const UNIT = 1_000;

/** A rate with a burst of one second's worth. It refills as it is asked: nothing is scheduled. */
export class TokenBucket {
  private readonly capacity: number;
  private level: number;
  private at = 0;

  /** @param perSecond what it takes in a second, and holds; `Infinity` for no limit */
  constructor(private readonly perSecond: number) {
    this.capacity = perSecond * UNIT;
    this.level = this.capacity;
  }

  /** Whether `amount` may be taken at `now`. What is more than it ever holds may be taken when it is full. */
  allows(amount: number, now: number): boolean {
    this.refill(now);
    return this.level >= Math.min(amount * UNIT, this.capacity);
  }

  /** What is more than it holds is owed, and has to come in first. */
  take(amount: number): void {
    this.level -= amount * UNIT;
  }

  isFull(now: number): boolean {
    this.refill(now);
    return this.level === this.capacity;
  }

  /** A clock that is set back costs a bucket what it would have gained meanwhile, no more. */
  private refill(now: number): void {
    if (this.level < this.capacity) {
      this.level = Math.min(this.capacity, this.level + Math.max(0, now - this.at) * this.perSecond);
    }
    this.at = now;
  }
}
