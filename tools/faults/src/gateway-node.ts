import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GATEWAY_FLAGS } from '@sendback/tools/cluster';
import { type Ending, freePorts, GuardedProcess } from '@sendback/tools/services';
import type { CountingFunctions } from './counting-functions';
import { eventually } from './eventually';

const BUNDLE = resolve(__dirname, '../../..', 'dist/apps/gateway/index.js');
const READY_MS = 60_000;
const GRACE_MS = 60_000;

export interface GatewayNodeOptions {
  readonly name: string;
  /** Of its configuration file. */
  readonly folder: string;
  readonly databaseUrl: string;
  readonly apiId: string;
  readonly functions: CountingFunctions;
  /** Of the configuration, beside what is needed. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A gateway as a process of its own, on ports that stay the same when it is started again. */
export class GatewayNode {
  private process: GuardedProcess | null = null;

  private constructor(
    private readonly file: string,
    readonly websocket: string,
    /** Origin of its push listener. */
    private readonly origin: string,
    private readonly apiId: string,
  ) {}

  static async start(options: GatewayNodeOptions): Promise<GatewayNode> {
    const { name, folder, databaseUrl, apiId, functions, settings } = options;
    const [port = 0, pushPort = 0] = await freePorts(2);
    const file = join(folder, `${name}.yaml`);
    const called = (of: 'register' | 'transfer' | 'cleanup'): object => ({ url: functions.url(of) });
    // JSON is YAML.
    const config = {
      listen: { host: '127.0.0.1', port },
      reversePush: { host: '127.0.0.1', port: pushPort },
      database: databaseUrl,
      ...settings,
      apis: [
        {
          id: apiId,
          serviceName: 'chat',
          functions: {
            register: called('register'),
            transfer: called('transfer'),
            cleanup: called('cleanup'),
          },
        },
      ],
    };
    writeFileSync(file, JSON.stringify(config));
    const websocket = `ws://127.0.0.1:${port}/release/websocket`;
    const node = new GatewayNode(file, websocket, `http://127.0.0.1:${pushPort}`, apiId);
    await node.launch();
    return node;
  }

  /** Starts it as it was. */
  async launch(): Promise<void> {
    if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is missing: npx nx build gateway`);
    const env = { PATH: process.env['PATH'], GATEWAY_CONFIG: this.file, LOG_LEVEL: 'info' };
    const started = await GuardedProcess.start({
      file: process.execPath,
      args: [...GATEWAY_FLAGS, BUNDLE],
      env,
    });
    this.process = started;
    await eventually(READY_MS, `a gateway is ready:\n${started.output}`, async () => {
      if (started.hasEnded) throw new Error(started.output);
      return fetch(`${this.origin}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  get running(): GuardedProcess {
    if (!this.process) throw new Error('it was not started');
    return this.process;
  }

  async kill(): Promise<void> {
    await this.process?.kill();
  }

  async stop(): Promise<Ending> {
    return this.running.stop(GRACE_MS);
  }

  /** Reverse push of a text to one connection; resolves to the status. */
  async push(secConnectionID: string, data: string): Promise<number> {
    const { status } = await this.post({ action: 'data send', secConnectionID, dataType: 'text', data });
    return status;
  }

  /** The same to many; resolves to those that are gone. */
  async pushToAll(secConnectionIDs: readonly string[], data: string): Promise<readonly string[]> {
    const response = await this.post({ action: 'data send', secConnectionIDs, dataType: 'text', data });
    const body = (await response.json()) as { gone?: string[] };
    if (!body.gone) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
    return body.gone;
  }

  private post(websocket: object): Promise<Response> {
    const body = JSON.stringify({ websocket });
    return fetch(`${this.origin}/${this.apiId}`, { method: 'POST', body });
  }
}
