import type { Row } from './row';

export interface BenchOptions {
  /** The queue between producer and broadcasters. */
  readonly queue: 'amqp' | 'database';
  /** Where broadcasters leave their CPU profiles; null for none. */
  readonly profile: string | null;
}

/** What is measured, in a file of its own under `cases/`. */
export interface BenchCase {
  readonly name: string;
  /** A line for the help. */
  readonly about: string;
  /** @throws Error when something is not as it has to be: a figure is only given for what was right */
  run(bench: Bench): Promise<readonly Row[]>;
}

/** One run of a case: what it says goes to standard error, and what it opens is closed when it ends. */
export class Bench {
  /** What could not be measured, a line each. */
  readonly missing: string[] = [];
  private readonly closers: (() => Promise<void> | void)[] = [];

  constructor(
    readonly name: string,
    readonly options: BenchOptions,
  ) {}

  say(line: string): void {
    process.stderr.write(`${this.name}: ${line}\n`);
  }

  /** Something that the case compares with cannot be had: its targets do not hold, and that is told at the end. */
  miss(what: string, why: unknown): void {
    this.missing.push(`${what} was not measured: ${why instanceof Error ? why.message : String(why)}`);
    this.say(this.missing.at(-1) ?? '');
  }

  /** Called when the case has ended, however it did: the last that was given first. */
  atEnd(close: () => Promise<void> | void): void {
    this.closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) {
      await Promise.resolve(close()).catch((error: unknown) => this.say(`not closed: ${String(error)}`));
    }
  }
}
