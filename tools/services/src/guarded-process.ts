import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from './watchdog';

const KEPT_CHARACTERS = 256 * 1024;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export interface SpawnOptions {
  /** Lets it write to the terminal of this process; else what it writes is kept. */
  readonly inherit?: boolean;
  /** Is given what it writes, as it comes. */
  readonly hear?: (text: string) => void;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that ends with this one, however that ends. It has a group of its own: no Ctrl-C reaches it by itself. */
export class GuardedProcess {
  /** Resolves when it has ended and all it wrote has been read. */
  readonly ended: Promise<Ending>;
  private text = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    hear: (text: string) => void,
  ) {
    const gone = watch({ kind: 'group', what: pid });
    const keep = (chunk: string): void => {
      this.text = (this.text + chunk).slice(-KEPT_CHARACTERS);
      hear(chunk);
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.on('error', () => undefined);
    child.on('exit', () => {
      signalGroup(pid, 'SIGKILL');
      gone();
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** @throws Error when there is no such program */
  static async start(command: Command, options: SpawnOptions = {}): Promise<GuardedProcess> {
    const { inherit = false, hear = () => undefined } = options;
    const child = spawn(command.file, command.args, {
      env: command.env,
      detached: true,
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) return new GuardedProcess(child, child.pid, hear);
    const [error] = (await once(child, 'error')) as [Error];
    throw error;
  }

  /** The last 256 KiB of what it wrote to standard output and standard error. */
  get output(): string {
    return this.text;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** SIGTERM, and SIGKILL to what is left of it after the grace period. */
  async stop(graceMs: number): Promise<Ending> {
    const killer = setTimeout(() => signalGroup(this.pid, 'SIGKILL'), graceMs);
    this.signal('SIGTERM');
    const ending = await this.ended;
    clearTimeout(killer);
    return ending;
  }

  /** SIGKILL, to it and to what it has started in its group. */
  async kill(): Promise<Ending> {
    if (!this.hasEnded) signalGroup(this.pid, 'SIGKILL');
    return this.ended;
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
