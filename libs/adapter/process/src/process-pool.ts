import type { FunctionProcess, ProcessOwner } from './function-process';
import { StartBackoff } from './start-backoff';

/** A process that had nothing to do for so long ends, unless it is the last one. */
const MAX_IDLE_MS = 60_000;

/** The processes of a function: started as they are needed, ended when they are not. */
export class ProcessPool implements ProcessOwner {
  private readonly backoff = new StartBackoff();
  private readonly processes = new Set<FunctionProcess>();
  /** The latest to become free is the last. */
  private readonly idle = new Map<FunctionProcess, NodeJS.Timeout>();
  private closed = false;

  /** @param changed is called when a process has become free, or has ended */
  constructor(
    private readonly limit: number,
    private readonly start: (owner: ProcessOwner) => FunctionProcess,
    private readonly changed: () => void,
  ) {}

  /** A free process, if there is one; the one that was busy last, so that those there are too many of stay idle. */
  take(): FunctionProcess | undefined {
    const process = Array.from(this.idle.keys()).at(-1);
    if (process) this.forgetIdle(process);
    return process;
  }

  /**
   * Starts what is missing for so many calls, one where there is none at all.
   * @returns why no process is going to be there, or null
   */
  provide(calls: number): string | null {
    const usable = this.usable();
    const { obstacle } = this.backoff;
    if (obstacle !== null) return usable.length === 0 ? obstacle : null;
    const starting = usable.filter((process) => process.starting).length;
    const needed = Math.max(calls - starting, usable.length === 0 ? 1 : 0);
    for (let room = Math.min(needed, this.limit - usable.length); room > 0; room--) {
      this.processes.add(this.start(this));
    }
    return null;
  }

  /** Those that are idle or start end now, the others after their calls. */
  retire(): void {
    this.backoff.reset();
    for (const process of this.usable()) {
      this.forgetIdle(process);
      process.retire();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const process of this.idle.keys()) this.forgetIdle(process);
    await Promise.all(Array.from(this.processes, (process) => process.end()));
  }

  free(process: FunctionProcess): void {
    if (this.closed) return;
    if (process.answered) this.backoff.reset();
    const timer = setTimeout(() => this.endSurplus(process), MAX_IDLE_MS);
    this.idle.set(process, timer.unref());
    this.changed();
  }

  ended(process: FunctionProcess, reason: string, useless: boolean): void {
    this.forgetIdle(process);
    this.processes.delete(process);
    if (useless) this.backoff.failed(reason);
    if (!this.closed) this.changed();
  }

  private usable(): FunctionProcess[] {
    return Array.from(this.processes).filter(({ leaving }) => !leaving);
  }

  private endSurplus(process: FunctionProcess): void {
    if (this.usable().length < 2) return;
    this.forgetIdle(process);
    void process.end();
  }

  private forgetIdle(process: FunctionProcess): void {
    clearTimeout(this.idle.get(process));
    this.idle.delete(process);
  }
}
