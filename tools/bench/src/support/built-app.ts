import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuardedProcess, watch } from '@sendback/tools/services';

const START_MS = 60_000;
const GRACE_MS = 20_000;

/** An app as it is deployed, bundled now, in a folder that no other build touches. */
export class BuiltApp {
  private constructor(
    private readonly name: string,
    private readonly folder: string,
    private readonly gone: () => void,
  ) {}

  static async build(name: string): Promise<BuiltApp> {
    const bundle = await GuardedProcess.start({
      file: process.execPath,
      args: ['tools/bundle/bundle.mjs', `apps/${name}`],
      env: process.env,
    });
    if ((await bundle.ended).code !== 0) throw new Error(`apps/${name} does not build:\n${bundle.output}`);
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const gone = watch({ kind: 'path', what: folder });
    cpSync(join('dist/apps', name), folder, { recursive: true });
    return new BuiltApp(name, folder, gone);
  }

  /** Its code. */
  get file(): string {
    return join(this.folder, 'index.js');
  }

  /**
   * Resolves once it is ready. It sees only `env` of the environment.
   * @param flags of Node.js
   * @throws Error with its output when it ends or stays silent instead
   */
  async start(env: Readonly<Record<string, string>>, flags: readonly string[] = []): Promise<RunningApp> {
    const args = [...flags, this.file];
    const child = await GuardedProcess.start({ file: process.execPath, args, env });
    for (const end = Date.now() + START_MS; !child.output.includes('"msg":"ready"');) {
      if (child.hasEnded || Date.now() > end) {
        await child.kill();
        throw new Error(`${this.name} did not start:\n${child.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return new RunningApp(this.name, child);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    this.gone();
  }
}

export class RunningApp {
  constructor(
    private readonly name: string,
    private readonly child: GuardedProcess,
  ) {}

  get pid(): number {
    return this.child.pid;
  }

  /** @throws Error with its output when it had died, or does not end in good order */
  async stop(): Promise<void> {
    const { code } = await this.child.stop(GRACE_MS);
    if (code !== 0) throw new Error(`${this.name} ended with ${code}:\n${this.child.output.slice(-2_000)}`);
  }
}
