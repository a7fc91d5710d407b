import type { Admission } from './admit-client';

/** What became of a client that wanted to connect; `failed` when a function or the ledger did. */
export type ConnectOutcome = Admission['outcome'] | 'failed';

export interface Volume {
  readonly messages: number;
  readonly bytes: number;
}

/** What became of the connections that pushes were for. */
export interface Recipients {
  readonly delivered: number;
  readonly gone: number;
  readonly slow: number;
}

/** What went through an API since this process was started, for whoever counts: figures that only grow. */
export class Traffic {
  private readonly outcomes = {
    admitted: 0,
    refused: 0,
    unavailable: 0,
    forbidden: 0,
    unauthorized: 0,
    full: 0,
    failed: 0,
  };
  private readonly codes = new Map<number, number>();
  private readonly taken = { messages: 0, bytes: 0 };
  private readonly given = { messages: 0, bytes: 0 };
  private readonly pushed = { delivered: 0, gone: 0, slow: 0 };

  get connects(): Readonly<Record<ConnectOutcome, number>> {
    return this.outcomes;
  }

  /** Connections that were open and ended, by close code. */
  get closes(): ReadonlyMap<number, number> {
    return this.codes;
  }

  /** What was handed over to the transfer function, retries not counted. */
  get received(): Volume {
    return this.taken;
  }

  /** What was given to sockets. */
  get sent(): Volume {
    return this.given;
  }

  /** Of pushes that came to this node, wherever their connections are; not of those that another node handed on. */
  get recipients(): Recipients {
    return this.pushed;
  }

  connected(outcome: ConnectOutcome): void {
    this.outcomes[outcome]++;
  }

  closed(code: number): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  take(bytes: number): void {
    this.taken.messages++;
    this.taken.bytes += bytes;
  }

  give(bytes: number): void {
    this.given.messages++;
    this.given.bytes += bytes;
  }

  push({ delivered, gone, slow }: Recipients): void {
    this.pushed.delivered += delivered;
    this.pushed.gone += gone;
    this.pushed.slow += slow;
  }
}
