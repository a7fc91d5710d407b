import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATEWAY_FLAGS } from '@sendback/tools/cluster';
import { freePorts, watch } from '@sendback/tools/services';
import type { BuiltApp, RunningApp } from './built-app';
import { CORE, pin } from './cores';

/** Where clients connect. */
export const PATH = '/release/websocket';
const PAGE = 1_000;

/** Of the functions that there are, the addresses. */
export type FunctionUrls = Readonly<Partial<Record<'register' | 'cleanup', string>>> & {
  readonly transfer: string;
};

/** For what is not called. */
export const NOWHERE = 'http://127.0.0.1:9/transfer';

interface Page {
  readonly connections: readonly { readonly connectionId: string }[];
  readonly next: string | null;
}

export interface BenchGatewayOptions {
  /** Or who starts them, once it is known where they push to. */
  readonly functions: FunctionUrls | ((pushAddress: string) => Promise<FunctionUrls> | FunctionUrls);
  /** SQLite in a folder of its own where it is left out. */
  readonly databaseUrl?: string;
  /** Seconds between pings; an hour where it is left out. */
  readonly heartbeat?: number;
  /** Of Node.js, beside those that it always has. */
  readonly flags?: readonly string[];
}

/** The built gateway as a process of its own on the core of servers, with one API. */
export class BenchGateway {
  private constructor(
    private readonly app: RunningApp,
    readonly port: number,
    /** The reverse push address. */
    readonly pushAddress: string,
    private readonly remove: () => void,
  ) {}

  static async start(app: BuiltApp, options: BenchGatewayOptions): Promise<BenchGateway> {
    const { functions, databaseUrl, heartbeat = 3_600, flags = [] } = options;
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    const gone = watch({ kind: 'path', what: folder });
    const remove = (): void => {
      rmSync(folder, { recursive: true, force: true });
      gone();
    };
    const [port = 0, pushPort = 0] = await freePorts(2);
    const id = `api-${randomBytes(16).toString('hex')}`;
    const host = '127.0.0.1';
    const pushAddress = `http://${host}:${pushPort}/${id}`;
    const called = Object.entries(
      typeof functions === 'function' ? await functions(pushAddress) : functions,
    ).map(([name, url]) => [name, { url: [url] }] as const);
    const config = {
      listen: { host, port },
      reversePush: { host, port: pushPort },
      database: databaseUrl ?? `sqlite:${join(folder, 'gateway.db')}`,
      heartbeat,
      drainWindow: 0,
      apis: [{ id, serviceName: 'bench', functions: Object.fromEntries(called) }],
    };
    const file = join(folder, 'gateway.yaml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const running = await app
      .start({ GATEWAY_CONFIG: file }, [...GATEWAY_FLAGS, ...flags])
      .catch((error: unknown) => {
        remove();
        throw error;
      });
    await pin(running.pid, CORE.server);
    return new BenchGateway(running, port, pushAddress, remove);
  }

  get pid(): number {
    return this.app.pid;
  }

  /** Of its connections. */
  async ids(): Promise<readonly string[]> {
    return connectionIds(this.pushAddress);
  }

  async stop(): Promise<void> {
    await this.app.stop().finally(this.remove);
  }
}

/** Of all connections of a gateway. */
export async function connectionIds(pushAddress: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const response = await fetch(`${pushAddress}/connections?limit=${PAGE}${after && `&after=${after}`}`);
    if (!response.ok) throw new Error(`the gateway says ${response.status}: ${await response.text()}`);
    const { connections, next } = (await response.json()) as Page;
    ids.push(...connections.map(({ connectionId }) => connectionId));
    after = next;
  }
  return ids;
}
