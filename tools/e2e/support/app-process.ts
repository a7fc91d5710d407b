import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const START_MS = 60_000;
const GRACE_MS = 20_000;
const KEPT_CHARACTERS = 256 * 1024;

/** A built app, running as a process of its own. */
export class AppProcess {
  private text = '';

  private constructor(private readonly child: ChildProcess) {
    const keep = (chunk: string): void => void (this.text = (this.text + chunk).slice(-KEPT_CHARACTERS));
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
  }

  /**
   * Starts `dist/apps/NAME/index.js` and resolves once its output matches `ready`. It sees only `env` of the
   * environment, so that nothing set on a developer's machine changes what is tested.
   * @throws Error with its output when it ends or stays silent instead
   */
  static async start(
    name: string,
    env: Readonly<Record<string, string>>,
    ready: RegExp,
  ): Promise<AppProcess> {
    const app = AppProcess.launch(name, env);
    try {
      await app.says(ready);
      return app;
    } catch (error) {
      await app.kill();
      throw error;
    }
  }

  static launch(name: string, env: Readonly<Record<string, string>>): AppProcess {
    const entry = join(__dirname, '../../../dist/apps', name, 'index.js');
    if (!existsSync(entry)) throw new Error(`${entry} is missing: npx nx build ${name}`);
    const options = {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'] as const,
    };
    return new AppProcess(spawn(process.execPath, [entry], { ...options, stdio: [...options.stdio] }));
  }

  /** The last 256 KiB of what it wrote to stdout and stderr. */
  get output(): string {
    return this.text;
  }

  /** Waits until its output matches. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (const end = Date.now() + START_MS; ;) {
      const match = pattern.exec(this.text);
      if (match) return match;
      if (this.hasEnded || Date.now() > end)
        throw new Error(`expected ${String(pattern)} in the output:\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    const ended = this.exit();
    this.child.kill('SIGKILL');
    await ended;
  }

  /** SIGTERM, and SIGKILL when it has not ended 20 s later. Resolves to its exit code, null when it was killed. */
  async stop(): Promise<number | null> {
    const ended = this.exit();
    const killer = setTimeout(() => this.child.kill('SIGKILL'), GRACE_MS);
    this.child.kill('SIGTERM');
    const code = await ended;
    clearTimeout(killer);
    return code;
  }

  /** Resolves to its exit code once it has ended. */
  async exit(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'close');
    return this.child.exitCode;
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** Standalone and what it printed. */
export interface Standalone {
  readonly app: AppProcess;
  readonly page: string;
  readonly websocket: string;
  readonly reversePush: string;
  readonly api: string;
}

/** Starts standalone on free ports, or on those in `env`, with its files in `dataDir`. */
export async function startStandalone(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Standalone> {
  const variables = { PORT: '0', PUSH_PORT: '0', API_PORT: '0', DATA_DIR: dataDir, ...env };
  const app = await AppProcess.start('standalone', variables, /reverse push +\S+\n/);
  const address = (name: string): string => new RegExp(`${name} +(\\S+)\\n`).exec(app.output)?.[1] ?? '';
  return {
    app,
    page: address('page'),
    websocket: address('WebSocket'),
    reversePush: address('reverse push'),
    api: address('HTTP API'),
  };
}
