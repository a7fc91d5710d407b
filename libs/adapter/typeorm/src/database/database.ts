import type { DomainError } from '@sendback/domain/runtime';
import type { DatabaseUrl } from './database-url';
import { Deadline } from './deadline';
import type { Schema } from './engine';
import { DatabaseFailure, isContention, isDisconnection, translate } from './failure';
import { JoinedCalls } from './joined-calls';
import type { Session } from './session';
import { SharedSource } from './shared-source';

export interface DatabaseOptions {
  /** Which of the project's tables it holds. */
  readonly schema: Schema;
  /** Makes or changes the tables when it is opened; else that was done before. */
  readonly migrate: boolean;
  /** Connections to MySQL at most, 10 by default. SQLite has one. */
  readonly poolSize?: number;
}

export type Work<T> = (session: Session) => Promise<T>;

/** What a store sees of a database: every failure of it is the store's own error. */
export interface Access {
  /** One statement, or several of which each holds by itself. It may be run again when it failed. */
  run<T>(work: Work<T>): Promise<T>;
  /** All of it or nothing. It is run again when another transaction was in the way. */
  transaction<T>(work: Work<T>): Promise<T>;
  /**
   * For rows of which many may be asked for at the same time: those share a `run`.
   * @param statement for some of them, answered one by one
   * @returns asks for one
   */
  joined<Item, Answer>(statement: Statement<Item, Answer>): (item: Item) => Promise<Answer>;
}

export type Statement<Item, Answer> = (
  session: Session,
  items: readonly Item[],
) => Promise<readonly Answer[]>;

/** Less than the time a function has by default, so that it can still say what is wrong. */
const DEADLINE_MS = 2_500;
const POOL_SIZE = 10;

/**
 * A database that opens itself at the first use, and again at the next one when that failed. All instances for one
 * URL in a process share what is open.
 */
export class Database {
  private readonly source: SharedSource;
  private readonly underWay = new Set<Promise<unknown>>();
  private closing: Promise<void> | null = null;

  constructor(
    url: DatabaseUrl,
    private readonly options: DatabaseOptions,
  ) {
    this.source = SharedSource.of(url, options.schema, options.poolSize ?? POOL_SIZE);
  }

  /** Names what is shared by all that use the same tables in this process. */
  get shared(): object {
    return this.source;
  }

  /** The database for a store whose failures are of this class. Each call is answered within 2.5 seconds. */
  access(Failure: new (message: string, options?: { cause?: unknown }) => DomainError): Access {
    const asFailure = (error: unknown): never => {
      throw error instanceof DatabaseFailure ? new Failure(error.message, { cause: error }) : error;
    };
    return {
      run: (work) => this.enter(() => this.perform(work, 'run')).catch(asFailure),
      transaction: (work) => this.enter(() => this.perform(work, 'transaction')).catch(asFailure),
      joined: (statement) => {
        const calls = new JoinedCalls((items: Parameters<typeof statement>[1], since) =>
          this.perform((session) => statement(session, items), 'run', since),
        );
        return (item) => this.enter(() => calls.call(item)).catch(asFailure);
      },
    };
  }

  /** Waits for what is under way. The last instance for its URL closes the connections. Idempotent. */
  async close(): Promise<void> {
    this.closing ??= Promise.allSettled(this.underWay).then(() => this.source.release());
    await this.closing;
  }

  /** @param since when it was asked for, on the clock of `performance`, where that is not now */
  private async perform<T>(work: Work<T>, how: 'run' | 'transaction', since?: number): Promise<T> {
    const { label } = this.source;
    const deadline = new Deadline(DEADLINE_MS, label, since);
    for (let attempt = 1; ; attempt++) {
      try {
        await deadline.race(this.source.ready(this.options.migrate));
        return await this.source[how](work, deadline);
      } catch (error) {
        const mayRepeat = isContention(error) || (how === 'run' && isDisconnection(error));
        if (!mayRepeat || deadline.passed) throw translate(error, label);
        await pause(attempt);
      }
    }
  }

  /** What begins before it is closed is waited for. */
  private async enter<T>(begin: () => Promise<T>): Promise<T> {
    if (this.closing) throw new DatabaseFailure(`${this.source.label}: is closed`, null);
    const promise = begin();
    this.underWay.add(promise);
    try {
      return await promise;
    } finally {
      this.underWay.delete(promise);
    }
  }
}

/** Longer with every attempt, and never the same for two that wait for each other. */
async function pause(attempt: number): Promise<void> {
  const ms = Math.random() * Math.min(200, 5 * 2 ** attempt);
  await new Promise((resolve) => setTimeout(resolve, ms));
}
