import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENTRY = join(__dirname, '../../../../dist/apps/standalone/index.js');
const START_MS = 60_000;
const GRACE_MS = 15_000;
const KEPT_CHARACTERS = 64 * 1024;

/** The built standalone app, running as a process of its own. */
export interface Standalone {
  readonly pid: number;
  /** `http://127.0.0.1:PORT/` */
  readonly page: string;
  /** Where clients connect. */
  readonly websocket: string;
  readonly dataDir: string;
  /** The last 64 KiB of what it wrote to stdout and stderr. */
  output(): string;
  /** SIGTERM, and SIGKILL when it has not ended 15 s later. A folder that was made for it is removed. */
  stop(): Promise<void>;
}

/**
 * Starts it on free ports of 127.0.0.1 with a temporary data folder, and resolves once it has printed where its page
 * is. It sees only `env` of the environment, so that nothing set on a developer's machine changes what is tested.
 * @throws Error with its output when it ends or stays silent instead
 */
export async function startStandalone(env: Readonly<Record<string, string>> = {}): Promise<Standalone> {
  if (!existsSync(ENTRY)) throw new Error(`${ENTRY} is missing: npx nx build standalone`);
  const ownDir = env['DATA_DIR'] === undefined ? await mkdtemp(join(tmpdir(), 'standalone-')) : null;
  const dataDir = env['DATA_DIR'] ?? ownDir ?? '';
  const child = spawn(process.execPath, [ENTRY], {
    env: { PATH: process.env['PATH'], PORT: '0', PUSH_PORT: '0', ...env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let output = '';
  const keep = (chunk: string): void => void (output = (output + chunk).slice(-KEPT_CHARACTERS));
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);

  const stop = async (): Promise<void> => {
    const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await ended;
    clearTimeout(killer);
    if (ownDir) await rm(ownDir, { recursive: true, force: true });
  };

  try {
    const page = await waitForPage(child.stdout, ended, () => output);
    const websocket = new URL('release/websocket', page.replace(/^http/, 'ws')).href;
    return { pid: child.pid ?? 0, page, websocket, dataDir, output: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function waitForPage(
  stdout: NodeJS.ReadableStream,
  ended: Promise<unknown>,
  output: () => string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      reject(new Error(`standalone ${why}. It wrote:\n${output()}`, { cause }));
    };
    const timer = setTimeout(() => fail(`did not start within ${START_MS} ms`), START_MS);
    stdout.on('data', () => {
      const page = /^page\s+(http:\S+)$/m.exec(output())?.[1];
      if (page === undefined) return;
      clearTimeout(timer);
      resolve(page);
    });
    ended.then(
      () => fail('ended before it was ready'),
      (error: unknown) => fail('could not be run', error),
    );
  });
}
