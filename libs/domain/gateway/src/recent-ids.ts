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

/**
 * Which of the recent ids one connection was given. Broadcasts come to everybody and in a row, so that two numbers say
 * it all; bits are kept for what came before the row.
 */
export class GivenIds {
  /** The newest row: from `first` to `last`, all given. Empty at first. */
  private first = 1;
  private last = 0;
  private before: GivenBits | null = null;

  has(number: number): boolean {
    if (number > this.last || number <= this.last - REMEMBERED_IDS) return false;
    return number >= this.first || (this.before?.has(number) ?? false);
  }

  add(number: number): void {
    if (number === this.last + 1) this.last = number;
    else if (number > this.last) this.beginRow(number);
    else if (number < this.first) this.bits.add(number);
  }

  private beginRow(number: number): void {
    const oldest = Math.max(this.first, this.last - REMEMBERED_IDS + 1);
    for (let given = oldest; given <= this.last; given++) this.bits.add(given);
    this.first = this.last = number;
  }

  private get bits(): GivenBits {
    return (this.before ??= new GivenBits());
  }
}

/** A window of bits that slides on as numbers come (like RFC 6479). */
class GivenBits {
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
