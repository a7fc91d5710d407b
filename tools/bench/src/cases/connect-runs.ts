import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '@sendback/tools/services';
import { ToolProcess } from '../fanout/tool-process';
import type { Opening } from '../inbound/talkers';
import { BenchGateway, type FunctionUrls, PATH } from '../support/bench-gateway';
import type { BuiltApp, RunningApp } from '../support/built-app';
import { CORE, pin } from '../support/cores';
import { Deployment } from '../support/deployment';

const AT_ONCE = 64;
const CLEANED_MS = 60_000;
const LOOK_AGAIN_MS = 50;

export interface ConnectOptions {
  readonly gateway: BuiltApp;
  readonly functionHost: BuiltApp;
  /** Of the application's tables, and of the gateway's. */
  readonly databaseUrl: string;
  readonly gatewayUrl: string;
  /** Flags of Node.js. */
  readonly flags: readonly string[];
}

/** The built gateway, the three functions in the built function-host, and clients that connect. */
export class ConnectStage {
  private constructor(
    private readonly gateway: BenchGateway,
    private readonly hosts: readonly RunningApp[],
    private readonly deployment: Deployment,
    private readonly clients: Clients,
  ) {}

  static async set(options: ConnectOptions): Promise<ConnectStage> {
    const { databaseUrl, gatewayUrl, flags } = options;
    const deployment = new Deployment({ databaseUrl, queueUrl: 'database:', lanes: 1 });
    await deployment.connections.count();
    const [port = 0] = await freePorts(1);
    const hosts: RunningApp[] = [];
    const functions = async (pushAddress: string): Promise<FunctionUrls> => {
      const env = { DATABASE_URL: databaseUrl, QUEUE_URL: 'database:', SENDBACK_URL: pushAddress };
      const host = await options.functionHost.start({ ...env, PORT: String(port) }, flags);
      hosts.push(host);
      await pin(host.pid, CORE.server);
      const url = (name: string): string => `http://127.0.0.1:${port}/${name}`;
      return { register: url('register'), transfer: url('transfer'), cleanup: url('cleanup') };
    };
    const gateway = await BenchGateway.start(options.gateway, { functions, databaseUrl: gatewayUrl, flags });
    const clients = await Clients.start();
    return new ConnectStage(gateway, hosts, deployment, clients);
  }

  /** @returns connects a second @throws Error when registration or cleanup has not done its part */
  async measure(count: number): Promise<number> {
    const { port } = this.gateway;
    const rate = await this.clients.connect({ port, path: PATH, count, atOnce: AT_ONCE });
    const recorded = await this.deployment.connections.count();
    if (recorded !== count) throw new Error(`${recorded} connections are recorded, not ${count}`);
    await this.clients.leave();
    for (const end = Date.now() + CLEANED_MS; ;) {
      const left = await this.deployment.connections.count();
      if (left === 0) return rate;
      if (Date.now() > end) throw new Error(`${left} connections were not cleaned up`);
      await pause(LOOK_AGAIN_MS);
    }
  }

  async close(): Promise<void> {
    await this.clients.stop();
    await this.gateway.stop();
    for (const host of this.hosts) await host.stop();
    await this.deployment.close();
  }
}

/** In a process of their own, on the core of clients. */
export class Clients {
  private constructor(private readonly process: ToolProcess) {}

  static async start(): Promise<Clients> {
    const process = await ToolProcess.start(['inbound-talkers', '']);
    await pin(process.pid, CORE.load);
    return new Clients(process);
  }

  /** They stay. @returns connects a second */
  async connect(opening: Opening): Promise<number> {
    const seconds = await this.process.order<number>('open', JSON.stringify(opening));
    return opening.count / seconds;
  }

  async leave(): Promise<void> {
    await this.process.order('leave');
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}
