import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { kill } from 'node:process';
import type { Readable } from 'node:stream';

/** How long a process has to end by itself. */
const GRACE_MS = 2_000;

export interface Command {
  readonly executable: string;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A child process and what it starts. All of it ends with it; and, by its own watch on descriptor 4, with this process,
 * however that ends.
 */
export class ProcessGroup {
  /** Resolves to how it ended, in words that follow its name, when it is gone or could not be started. */
  readonly gone: Promise<string>;
  private readonly child: ChildProcess | null = null;
  private alive = false;
  private markGone: (how: string) => void = () => undefined;

  constructor(private readonly command: Command) {
    this.gone = new Promise((resolve) => (this.markGone = resolve));
    try {
      this.child = this.spawn();
    } catch (error) {
      this.markGone(this.startFailure(error as NodeJS.ErrnoException));
    }
  }

  /** Descriptor 3 of the child, both ways; none where it could not be started, as with the others. */
  get channel(): Socket | undefined {
    return this.stream(3) as Socket | undefined;
  }

  get outputs(): Readable[] {
    return [1, 2].flatMap((descriptor) => (this.stream(descriptor) as Readable | undefined) ?? []);
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  /** Resolves when it is gone, which takes at most a few seconds. */
  async end(): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    await this.gone;
    clearTimeout(timer);
  }

  private spawn(): ChildProcess {
    const { executable, args, workingDirectory, environment } = this.command;
    const child = spawn(executable, args, {
      cwd: workingDirectory,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.alive = child.pid !== undefined;
    child.once('error', (error) => this.markGone(this.startFailure(error)));
    // What it wrote before its end is read in the turn of the event loop that brings the end.
    child.once('exit', (code, signal) => setImmediate(() => this.ended(code, signal)));
    if (child.pid !== undefined) for (const stream of child.stdio) stream?.on('error', () => undefined);
    return child;
  }

  private ended(code: number | null, signal: string | null): void {
    this.kill();
    this.alive = false;
    for (const stream of this.child?.stdio ?? []) stream?.destroy();
    this.markGone(signal === null ? `ended with code ${code ?? 0}` : `was ended by ${signal}`);
  }

  private startFailure({ code, message }: NodeJS.ErrnoException): string {
    const { executable, workingDirectory } = this.command;
    if (!existsSync(workingDirectory)) return `cannot be started: there is no folder ${workingDirectory}`;
    if (code === 'ENOENT') return `cannot be started: there is no program ${executable}`;
    return `cannot be started: ${message}`;
  }

  private stream(descriptor: number): unknown {
    return this.alive ? this.child?.stdio[descriptor] : undefined;
  }

  private signal(name: NodeJS.Signals): void {
    if (!this.alive || this.child?.pid === undefined) return;
    try {
      kill(-this.child.pid, name);
    } catch {
      // Nothing is left of the group.
    }
  }
}
