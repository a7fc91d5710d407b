import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts, GuardedProcess, watch } from '@sendback/tools/services';
import { installedPeers } from '../peers/npm';
import { CORE, pin } from '../support/cores';

const LISTED = 'tools/bench/peers-emulators';
const START_MS = 60_000;
const GRACE_MS = 10_000;

/** A WebSocket API of serverless-offline, with functions that do nothing. */
export class Emulator {
  static readonly NAME = 'serverless-offline';
  readonly path = '/';

  private constructor(
    private readonly process: GuardedProcess,
    readonly port: number,
    private readonly remove: () => void,
  ) {}

  /** @throws Error saying why it cannot be had */
  static async start(say: (line: string) => void): Promise<Emulator> {
    const installed = await installedPeers(say, LISTED);
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const gone = watch({ kind: 'path', what: folder });
    const remove = (): void => {
      rmSync(folder, { recursive: true, force: true });
      gone();
    };
    for (const file of ['serverless.yml', 'handler.js', 'package.json'])
      cpSync(join(LISTED, file), join(folder, file));
    symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
    const [http = 0, lambda = 0, websocket = 0] = await freePorts(3);
    const ports = ['--httpPort', http, '--lambdaPort', lambda, '--websocketPort', websocket].map(String);
    const program = 'node_modules/serverless/bin/serverless.js';
    const args = [folder, process.execPath, program, 'offline', 'start', '--host', '127.0.0.1', ...ports];
    const child = await GuardedProcess.start({
      file: '/bin/sh',
      args: ['-c', 'cd "$0" && exec "$@"', ...args],
      env: { ...QUIET, PATH: process.env['PATH'], HOME: folder },
    });
    const emulator = new Emulator(child, websocket, remove);
    await emulator.ready().catch(async (error: unknown) => {
      await emulator.stop();
      throw error;
    });
    await pin(child.pid, CORE.server);
    return emulator;
  }

  async stop(): Promise<void> {
    await this.process.stop(GRACE_MS);
    this.remove();
  }

  private async ready(): Promise<void> {
    for (const end = Date.now() + START_MS; !this.process.output.includes('[websocket] listening');) {
      if (this.process.hasEnded || Date.now() > end)
        throw new Error(`it did not start:\n${this.process.output.slice(-2_000)}`);
      await pause(50);
    }
  }
}

/** It asks nobody on the network, and needs no account. */
const QUIET = {
  SLS_TELEMETRY_DISABLED: '1',
  SLS_NOTIFICATIONS_MODE: 'off',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
};
