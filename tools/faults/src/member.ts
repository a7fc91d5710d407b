import { setTimeout as sleep } from 'node:timers/promises';
// eslint-disable-next-line @nx/enforce-module-boundaries -- a tool has no alias
import { type Command, GuardedProcess } from '../../services/src';

const START_MS = 60_000;
const GRACE_MS = 30_000;
const LOOK_AGAIN_MS = 20;

/** A process of the topology, which can be harmed and started again as it was. */
export class Member {
  private process: GuardedProcess | null = null;

  constructor(
    readonly name: string,
    private readonly command: Command,
  ) {}

  /** What it wrote since it was last started. */
  get output(): string {
    return this.process?.output ?? '';
  }

  get isRunning(): boolean {
    return this.process !== null && !this.process.hasEnded;
  }

  /** Resolves once it says that it is ready. */
  async start(): Promise<void> {
    const process = await GuardedProcess.start(this.command);
    this.process = process;
    for (const end = Date.now() + START_MS; !process.output.includes('"msg":"ready"');) {
      if (process.hasEnded || Date.now() > end)
        throw new Error(`${this.name} did not start:\n${process.output}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    await this.process?.kill();
  }

  /** SIGSTOP, until `resume`. */
  pause(): void {
    this.process?.signal('SIGSTOP');
  }

  resume(): void {
    this.process?.signal('SIGCONT');
  }

  /** SIGTERM. Resolves to its exit code, null when it had to be killed after 30 s. */
  async stop(): Promise<number | null> {
    this.resume();
    const ending = await this.process?.stop(GRACE_MS);
    return ending?.code ?? null;
  }
}
