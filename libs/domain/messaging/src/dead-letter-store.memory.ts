import { type DeadLetter, DeadLetterStore, type NewDeadLetter } from './dead-letter-store.port';

export class MemoryDeadLetterStore extends DeadLetterStore {
  private readonly letters = new Map<string, DeadLetter>();
  private added = 0;

  async add({ key, ...letter }: NewDeadLetter): Promise<void> {
    if (this.letters.has(key)) return;
    this.letters.set(key, { id: String(++this.added).padStart(12, '0'), ...letter });
  }

  async page(after: string, limit: number): Promise<readonly DeadLetter[]> {
    return [...this.letters.values()].filter(({ id }) => id > after).slice(0, limit);
  }

  async find(id: string): Promise<DeadLetter | null> {
    return [...this.letters.values()].find((letter) => letter.id === id) ?? null;
  }

  async remove(id: string): Promise<void> {
    for (const [key, letter] of this.letters) if (letter.id === id) this.letters.delete(key);
  }
}
