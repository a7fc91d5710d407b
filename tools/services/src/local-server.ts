import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, GuardedProcess } from './guarded-process';
import type { PrivateService } from './service';
import { watch } from './watchdog';

const READY_MS = 120_000;
const GRACE_MS = 60_000;
const LOOK_AGAIN_MS = 100;
const SHOWN_CHARACTERS = 2_000;

/** How an installed server is run. */
export interface Recipe {
  readonly url: string;
  /** Processes that it needs beside it, and the ports on which they listen when they are of use; null for none. */
  readonly helpers: readonly { readonly command: Command; readonly port: number | null }[];
  readonly server: Command;
  /** Resolves to its name and version, and rejects while it cannot be used. */
  readonly ask: (url: string) => Promise<string>;
}

/** An installed server, run as processes of this one on a folder of its own. */
export class LocalServer implements PrivateService {
  name = '';
  onEnd: (() => void) | null = null;
  private helpers: GuardedProcess[] = [];
  private server: GuardedProcess | null = null;

  private constructor(
    private readonly recipe: Recipe,
    private readonly removeFolder: () => void,
  ) {}

  /** @param prepare makes in an empty folder what the server needs to start */
  static async create(prepare: (folder: string) => Promise<Recipe>): Promise<LocalServer> {
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const gone = watch({ kind: 'path', what: folder });
    const removeFolder = (): void => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      gone();
    };
    try {
      const server = new LocalServer(await prepare(folder), removeFolder);
      await server.start();
      return server;
    } catch (error) {
      removeFolder();
      throw error;
    }
  }

  get url(): string {
    return this.recipe.url;
  }

  get pid(): number | null {
    return this.server && !this.server.hasEnded ? this.server.pid : null;
  }

  /** Of all its processes that run; not of those that these have started. */
  get pids(): readonly number[] {
    return [this.server, ...this.helpers].flatMap((one) => (one && !one.hasEnded ? [one.pid] : []));
  }

  async start(): Promise<void> {
    if (this.pid !== null) throw new Error(`${this.name} is running`);
    await this.kill();
    try {
      for (const { command, port } of this.recipe.helpers) {
        this.helpers.push(await GuardedProcess.start(command));
        if (port !== null) await listening(port);
      }
      this.server = await GuardedProcess.start(this.recipe.server);
      this.name = await this.answer(this.server);
      this.watch(this.server);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    await server?.stop(GRACE_MS);
    await this.kill();
  }

  async kill(): Promise<void> {
    const { server } = this;
    this.server = null;
    await server?.kill();
    await Promise.all(this.helpers.map((helper) => helper.kill()));
    this.helpers = [];
  }

  async remove(): Promise<void> {
    await this.kill();
    this.removeFolder();
  }

  private watch(server: GuardedProcess): void {
    void server.ended.then(() => {
      if (this.server === server) this.onEnd?.();
    });
  }

  private async answer(server: GuardedProcess): Promise<string> {
    for (const end = Date.now() + READY_MS; ;) {
      const answer = await this.recipe.ask(this.url).catch((error: unknown) => error);
      if (typeof answer === 'string') return answer;
      if (server.hasEnded || Date.now() > end) throw failure(server, answer);
      await pause(LOOK_AGAIN_MS);
    }
  }
}

/** Resolves when a connection to the port is taken. */
async function listening(port: number): Promise<void> {
  for (const end = Date.now() + READY_MS; ;) {
    const socket = connect(port, '127.0.0.1');
    const taken = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (taken) return;
    if (Date.now() > end) throw new Error(`nothing listens on port ${port}`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** Runs a program to its end. @throws Error with what it wrote when it fails */
export async function run(command: Command): Promise<void> {
  const process = await GuardedProcess.start(command);
  const { code } = await process.ended;
  if (code !== 0) throw new Error(`${command.file} failed:\n${lastOf(process)}`);
}

function failure(server: GuardedProcess, cause: unknown): Error {
  const what = server.hasEnded ? 'ended' : 'does not answer';
  return new Error(`a server that was started ${what}:\n${lastOf(server)}`, { cause });
}

const lastOf = ({ output }: GuardedProcess): string => output.slice(-SHOWN_CHARACTERS);
