import { dirname } from 'node:path';
import {
  DEFAULT_MEMORY_MB,
  type FunctionContext,
  functionContext,
  type FunctionEvent,
  FunctionFailed,
  FunctionInvoker,
} from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import { Call } from './call';
import { functionEnvironment } from './function-environment';
import { FunctionProcess } from './function-process';
import type { Command } from './process-group';
import { ProcessPool } from './process-pool';
import { watchCode } from './watch-code';

const DEFAULT_PROCESSES = 8;

export interface ProcessFunctionOptions {
  /** In its context and in the log. */
  readonly name: string;
  /** Absolute path of the file, whose `main_handler` is called. */
  readonly file: string;
  /** Absolute path; the file's folder by default. */
  readonly workingDirectory?: string;
  /** The function's own variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** That of this process, of which a function sees PATH, HOME, LANG, TZ and the like, and nothing else. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  /** 128 by default. */
  readonly memoryMb?: number;
  /** Calls that run at a time, 8 by default; further ones wait for a free process, within their time. */
  readonly processes?: number;
  /** Loads the file anew when it, or code beside it, changes: for development. */
  readonly watch?: boolean;
  readonly log: Log;
}

/**
 * A function in processes of its own. As in SCF's instances, one call at a time runs in each, and what the file keeps
 * in its variables stays for the next. They are started as they are needed, and one is kept from the beginning; one that
 * crashes, or does not answer in time and is killed for it, is replaced, after a pause where it cannot even load the file.
 *
 * A failure is `retryable` where no process could be started, or none could load the file.
 */
export abstract class ProcessFunctionInvoker extends FunctionInvoker {
  private readonly who: string;
  private readonly pool: ProcessPool;
  /** In the order in which they came. */
  private readonly waiting = new Set<Call>();
  private readonly running = new Map<Call, FunctionProcess>();
  private readonly stopWatching: (() => void) | null;
  private closed = false;

  protected constructor(
    private readonly options: ProcessFunctionOptions,
    program: Pick<Command, 'executable' | 'args'>,
  ) {
    super();
    const {
      name,
      file,
      workingDirectory = dirname(file),
      processes = DEFAULT_PROCESSES,
      watch,
      log,
    } = options;
    this.who = `function ${name}`;
    const command = { ...program, workingDirectory, environment: functionEnvironment(options) };
    this.pool = new ProcessPool(
      processes,
      (owner) => new FunctionProcess(name, command, owner, log),
      () => this.serve(),
    );
    this.stopWatching = watch ? watchCode(dirname(file), () => this.restart(), log) : null;
    this.serve();
  }

  async invoke(event: FunctionEvent, timeoutMs: number): Promise<unknown> {
    if (this.closed) throw new FunctionFailed(`${this.who} is closed`, false);
    const call = new Call(event, timeoutMs, this.who);
    const timer = setTimeout(() => this.expire(call), timeoutMs);
    this.waiting.add(call);
    this.serve();
    try {
      return await call.outcome;
    } finally {
      clearTimeout(timer);
      this.running.delete(call);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopWatching?.();
    for (const call of [...this.waiting, ...this.running.keys()]) call.fail('was closed');
    this.waiting.clear();
    await this.pool.close();
  }

  /** Calls from now on run in new processes; those under way end in theirs. */
  private restart(): void {
    this.pool.retire();
    this.serve();
  }

  /** A call that waits is given to nobody any more; a process that runs one is of no use any more. */
  private expire(call: Call): void {
    const process = this.running.get(call);
    this.waiting.delete(call);
    call.timeOut(process ? 'did not answer' : 'found no free process');
    process?.kill('was killed: it did not answer in time');
  }

  private serve(): void {
    if (this.closed) return;
    for (const call of this.waiting) {
      if (performance.now() >= call.deadline) this.expire(call);
      else if (!this.start(call)) break;
    }
    const obstacle = this.pool.provide(this.waiting.size);
    if (obstacle === null) return;
    for (const call of this.waiting) call.refuse(obstacle);
    this.waiting.clear();
  }

  /** @returns false where no process is free */
  private start(call: Call): boolean {
    const process = this.pool.take();
    if (!process) return false;
    this.waiting.delete(call);
    this.running.set(call, process);
    process.run(call, this.context(call));
    return true;
  }

  private context({ event, timeoutMs }: Call): FunctionContext {
    const { name, memoryMb = DEFAULT_MEMORY_MB, environment = {} } = this.options;
    return functionContext(event, { name, timeoutMs, memoryMb, environment });
  }
}
