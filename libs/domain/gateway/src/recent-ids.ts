/** How many message ids of an API are remembered (contract §4). */
export const REMEMBERED_IDS = 4_096;

const WORDS = REMEMBERED_IDS / 32;

/** Numbers the message ids of an API in the order they first came, and knows the last {@link REMEMBERED_IDS}. */
export class RecentIds {
  private readonly numbers = new Map<string, number>();
  private last = 0;

  /** The id's number, a new one when it is new or forgotten. */
  number(id: string): number {
    const known = this.numbers.get(id);
    if (known !== undefined) return known;
    if (this.numbers.size >= REMEMBERED_IDS) this.forgetOldest();
    this.numbers.set(id, ++this.last);
    return this.last;
  }

  private forgetOldest(): void {
    for (const id of this.numbers.keys()) {
      this.numbers.delete(id);
      return;
    }
  }
}

/** Which of the recent ids one connection was given: a window of bits that slides on as ids come (like RFC 6479). */
export class GivenIds {
  private readonly bits = new Uint32Array(WORDS);
  private newest = 0;

  has(number: number): boolean {
    if (number > this.newest || number <= this.newest - REMEMBERED_IDS) return false;
    return (this.word(number) & mask(number)) !== 0;
  }

  add(number: number): void {
    if (number <= this.newest - REMEMBERED_IDS) return;
    this.slideTo(number);
    this.bits[wordIndex(number)] = this.word(number) | mask(number);
  }

  /** Forgets what the numbers up to this one stood for a window ago, word by word where a whole one goes. */
  private slideTo(number: number): void {
    let next = Math.max(this.newest + 1, number - REMEMBERED_IDS + 1);
    while (next <= number) {
      const wholeWord = next % 32 === 0 && next + 31 <= number;
      this.bits[wordIndex(next)] = wholeWord ? 0 : this.word(next) & ~mask(next);
      next += wholeWord ? 32 : 1;
    }
    this.newest = Math.max(this.newest, number);
  }

  private word(number: number): number {
    return this.bits[wordIndex(number)] ?? 0;
  }
}

function wordIndex(number: number): number {
  return Math.floor(number / 32) % WORDS;
}

function mask(number: number): number {
  return 1 << (number % 32);
}
