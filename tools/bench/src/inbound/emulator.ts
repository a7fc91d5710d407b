import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts, GuardedProcess, watch } from '@sendback/tools/services';
import { installedPeers } from '../peers/npm';
import { CORE, pin } from '../support/cores';

/** What is installed, and a WebSocket API for each whose functions do nothing. */
const LISTED = 'tools/bench/peers-emulators';
const HANDLER = 'handler.js';
const START_MS = 60_000;
const GRACE_MS = 10_000;

export interface EmulatorKind {
  readonly name: string;
  /** The API, and where each of its functions is looked for. */
  readonly api: string;
  readonly handlers: readonly string[];
  /** In `node_modules`. */
  readonly program: string;
  readonly args: (ports: readonly number[]) => readonly string[];
  /** Connects at once: what serves it best is one of these. */
  readonly atOnce: readonly number[];
  /** What it writes when clients may connect, to the first of the ports. */
  readonly ready: string;
}

export const EMULATORS: readonly EmulatorKind[] = [
  {
    name: 'serverless-offline',
    api: 'serverless.yml',
    handlers: [HANDLER],
    program: 'serverless/bin/serverless.js',
    args: ([port, http, lambda]) => [
      ...['offline', 'start', '--host', '127.0.0.1', '--websocketPort', `${port}`],
      ...['--httpPort', `${http}`, '--lambdaPort', `${lambda}`],
    ],
    atOnce: [16, 64],
    ready: '[websocket] listening',
  },
  {
    name: '@architect/sandbox',
    api: 'app.arc',
    handlers: ['connect', 'default', 'disconnect'].map((route) => `src/ws/${route}/index.js`),
    program: '@architect/sandbox/src/cli/cli.js',
    args: ([port]) => ['--port', `${port}`],
    // Each starts a process, which has seconds to answer.
    atOnce: [1, 4],
    ready: 'Local environment ready',
  },
];

/** A local emulator of the cloud's WebSocket APIs. */
export class Emulator {
  readonly path = '/';

  private constructor(
    private readonly process: GuardedProcess,
    readonly port: number,
    private readonly remove: () => void,
  ) {}

  /** @throws Error saying why it cannot be had */
  static async start(kind: EmulatorKind, say: (line: string) => void): Promise<Emulator> {
    const installed = await installedPeers(say, LISTED);
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const gone = watch({ kind: 'path', what: folder });
    const remove = (): void => {
      rmSync(folder, { recursive: true, force: true });
      gone();
    };
    cpSync(join(LISTED, kind.api), join(folder, kind.api));
    for (const handler of kind.handlers) cpSync(join(LISTED, HANDLER), join(folder, handler));
    symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
    const ports = await freePorts(3);
    const args = [folder, process.execPath, join('node_modules', kind.program), ...kind.args(ports)];
    const child = await GuardedProcess.start({
      file: '/bin/sh',
      args: ['-c', 'cd "$0" && exec "$@"', ...args],
      env: { ...QUIET, PATH: process.env['PATH'], HOME: folder },
    });
    const emulator = new Emulator(child, ports[0] ?? 0, remove);
    try {
      await emulator.says(kind.ready);
      await pin(child.pid, CORE.server);
      return emulator;
    } catch (error) {
      await emulator.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.process.stop(GRACE_MS);
    this.remove();
  }

  private async says(text: string): Promise<void> {
    for (const end = Date.now() + START_MS; !this.process.output.includes(text);) {
      if (this.process.hasEnded || Date.now() > end)
        throw new Error(`it did not start:\n${this.process.output.slice(-2_000)}`);
      await pause(50);
    }
  }
}

/** They ask nobody on the network, and need no account. */
const QUIET = {
  SLS_TELEMETRY_DISABLED: '1',
  SLS_NOTIFICATIONS_MODE: 'off',
  NO_UPDATE_NOTIFIER: '1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
};
