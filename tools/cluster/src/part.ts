import { setTimeout as pause } from 'node:timers/promises';
import { type Command, type Ending, GuardedProcess } from '@sendback/tools/services';

const READY_MS = 60_000;
const GRACE_MS = 30_000;
const LOOK_AGAIN_MS = 50;
const SHOWN_CHARACTERS = 2_000;

export interface PartOptions {
  /** `broadcaster-1` */
  readonly name: string;
  readonly command: Command;
  /** Where its /metrics, /healthz and /readyz are. */
  readonly monitoring: string;
  /** Is given what it writes, as it comes. */
  readonly hear: (text: string) => void;
  /** Called when it ends without having been asked to. */
  readonly lost: (part: Part, ending: Ending) => void;
}

/** A process of the cluster, which can be harmed and started again as it was. */
export class Part {
  private process: GuardedProcess | null = null;
  private isEnding = false;

  constructor(private readonly options: PartOptions) {}

  get name(): string {
    return this.options.name;
  }

  get monitoring(): string {
    return this.options.monitoring;
  }

  /** Null while it is down. */
  get pid(): number | null {
    return this.process && !this.process.hasEnded ? this.process.pid : null;
  }

  /** The last 256 KiB of what it has written since it was last started. */
  get output(): string {
    return this.process?.output ?? '';
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    if (this.pid !== null) throw new Error(`${this.name} is running`);
    const { command, hear, lost } = this.options;
    const process = await GuardedProcess.start(command, { hear });
    this.process = process;
    this.isEnding = false;
    try {
      await this.ready(process);
    } catch (error) {
      await this.kill();
      throw error;
    }
    void process.ended.then((ending) => {
      if (this.process === process && !this.isEnding) lost(this, ending);
    });
  }

  /** SIGTERM. Resolves to its exit code; null when it was down, or had to be killed after 30 s. */
  async stop(): Promise<number | null> {
    if (this.pid === null) return null;
    this.isEnding = true;
    this.resume();
    const ending = await this.process?.stop(GRACE_MS);
    return ending?.code ?? null;
  }

  /** SIGKILL */
  async kill(): Promise<void> {
    this.isEnding = true;
    await this.process?.kill();
  }

  /** Stops it if it runs, and starts it. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** SIGSTOP, until `resume` */
  pause(): void {
    this.process?.signal('SIGSTOP');
  }

  resume(): void {
    this.process?.signal('SIGCONT');
  }

  private async ready(process: GuardedProcess): Promise<void> {
    for (const end = Date.now() + READY_MS; !(await answersOk(`${this.monitoring}/readyz`));) {
      if (process.hasEnded || Date.now() > end) {
        const what = process.hasEnded ? 'ended' : 'is not ready';
        throw new Error(`${this.name} ${what}:\n${process.output.slice(-SHOWN_CHARACTERS)}`);
      }
      await pause(LOOK_AGAIN_MS);
    }
  }
}

async function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    (response) => response.ok,
    () => false,
  );
}
