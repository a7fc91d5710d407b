import type { Database } from '../database/database';

/** Tells the consumers of this process what its publishers have put on lanes: others find out when they next look. */
export class Doorbell {
  private static readonly all = new WeakMap<object, Doorbell>();
  private readonly listeners = new Set<(lanes: readonly number[]) => void>();

  /** One for all that share a database in this process. */
  static of({ shared }: Database): Doorbell {
    const doorbell = Doorbell.all.get(shared) ?? new Doorbell();
    Doorbell.all.set(shared, doorbell);
    return doorbell;
  }

  ring(lanes: readonly number[]): void {
    for (const listener of this.listeners) listener(lanes);
  }

  /** @returns what ends it */
  listen(listener: (lanes: readonly number[]) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
