import { setTimeout as pause } from 'node:timers/promises';
import { GATEWAY_FLAGS } from '@sendback/tools/cluster';
import { freePorts } from '@sendback/tools/services';
import { ToolProcess } from '../fanout/tool-process';
import type { Ports } from '../inbound/processes';
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

/** Where clients connect. */
interface Venue {
  readonly port: number;
  readonly path: string;
  /** Connections that there are rows of; null where nothing is recorded. */
  readonly recorded: (() => Promise<number>) | null;
  readonly close: () => Promise<void>;
}

/** Whoever lets clients in and records them, and clients that connect. */
export class ConnectStage {
  private constructor(
    private readonly venue: Venue,
    private readonly clients: Clients,
  ) {}

  static async set(venue: Venue): Promise<ConnectStage> {
    return new ConnectStage(venue, await Clients.start());
  }

  /** @returns connects a second @throws Error when registration or cleanup has not done its part */
  async measure(count: number): Promise<number> {
    const { port, path, recorded } = this.venue;
    const rate = await this.clients.connect({ port, path, count, atOnce: AT_ONCE });
    const rows = (await recorded?.()) ?? count;
    if (rows !== count) throw new Error(`${rows} connections are recorded, not ${count}`);
    await this.clients.leave();
    if (recorded) await cleanedUp(recorded);
    return rate;
  }

  async close(): Promise<void> {
    await this.clients.stop();
    await this.venue.close();
  }
}

async function cleanedUp(recorded: () => Promise<number>): Promise<void> {
  for (const end = Date.now() + CLEANED_MS; ;) {
    const left = await recorded();
    if (left === 0) return;
    if (Date.now() > end) throw new Error(`${left} connections were not cleaned up`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** The built gateway, and the three functions in the built function-host, on one core. */
export async function functionsOverHttp(options: ConnectOptions): Promise<Venue> {
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
  return {
    port: gateway.port,
    path: PATH,
    recorded: () => deployment.connections.count(),
    close: async () => {
      await gateway.stop();
      for (const host of hosts) await host.stop();
      await deployment.close();
    },
  };
}

/** The gateway and the functions in one process, as standalone has them. */
export async function functionsInProcess(flags: readonly string[]): Promise<Venue> {
  const server = await ToolProcess.start(['inbound-registration', ''], [...GATEWAY_FLAGS, ...flags]);
  await pin(server.pid, CORE.server);
  const { port } = await server.order<Ports>('report');
  return { port, path: PATH, recorded: () => server.order('recorded'), close: () => server.stop() };
}

/** A bare server of `ws`: what connecting takes by itself. */
export async function bareServer(): Promise<Venue> {
  const server = await ToolProcess.start(['inbound-echo', '']);
  await pin(server.pid, CORE.server);
  const { port } = await server.order<Ports>('report');
  return { port, path: '/', recorded: null, close: () => server.stop() };
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
