import type { DomainError } from '@sendback/domain/runtime';
import type { DatabaseUrl } from './database-url';
import { Deadline } from './deadline';
import type { Schema } from './engine';
import { DatabaseFailure, isContention, isDisconnection, translate } from './failure';
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
}

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
      run: (work) => this.track(this.perform(work, 'run')).catch(asFailure),
      transaction: (work) => this.track(this.perform(work, 'transaction')).catch(asFailure),
    };
  }

  /** Waits for what is under way. The last instance for its URL closes the connections. Idempotent. */
  async close(): Promise<void> {
    this.closing ??= Promise.allSettled(this.underWay).then(() => this.source.release());
    await this.closing;
  }

  private async perform<T>(work: Work<T>, how: 'run' | 'transaction'): Promise<T> {
    const { label } = this.source;
    const deadline = new Deadline(DEADLINE_MS, label);
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.closing) throw new DatabaseFailure(`${label}: is closed`, null);
        await deadline.race(this.source.ready(this.options.migrate));
        return await this.source[how](work, deadline);
      } catch (error) {
        const mayRepeat = isContention(error) || (how === 'run' && isDisconnection(error));
        if (!mayRepeat || deadline.passed) throw translate(error, label);
        await pause(attempt);
      }
    }
  }

  private track<T>(promise: Promise<T>): Promise<T> {
    this.underWay.add(promise);
    const forget = (): void => void this.underWay.delete(promise);
    promise.then(forget, forget);
    return promise;
  }
}

/** Longer with every attempt, and never the same for two that wait for each other. */
async function pause(attempt: number): Promise<void> {
  const ms = Math.random() * Math.min(200, 5 * 2 ** attempt);
  await new Promise((resolve) => setTimeout(resolve, ms));
}
