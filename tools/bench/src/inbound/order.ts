import { sharedNow } from '../fanout/tool-server';

/** What a transfer function was given so far. */
export interface Taken {
  readonly messages: number;
  /** Of them, those that were not the next of their connection: lost, twice or out of order. */
  readonly amiss: number;
  /** When the last one came, on the clock of the machine. */
  readonly lastAt: number;
}

/** Looks at the number of every message, by which those of a connection follow each other. */
export class OrderCheck {
  private readonly last = new Map<string, number>();
  private messages = 0;
  private amiss = 0;
  private lastAt = 0;

  /** @param text begins with the number, in eight digits */
  take(connectionId: string, text: string): void {
    const number = Number(text.slice(0, 8));
    const last = this.last.get(connectionId);
    if (!Number.isInteger(number) || (last !== undefined && number !== last + 1)) this.amiss++;
    this.last.set(connectionId, number);
    this.messages++;
    this.lastAt = sharedNow();
  }

  report(): Taken {
    const { messages, amiss, lastAt } = this;
    return { messages, amiss, lastAt };
  }
}
