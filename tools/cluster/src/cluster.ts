import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createConnection } from 'mysql2/promise';
import {
  type Command,
  GuardedProcess,
  type PrivateService,
  startServices,
  watch,
} from '@sendback/tools/services';
import { GATEWAY_FLAGS } from './gateway-flags';
import { Part, type PartOptions } from './part';
import { Balancer } from './balancer';
import { type ClusterSize, type Plan, planCluster, type Planned } from './plan';

const APPS = resolve(__dirname, '../../..', 'dist/apps');
const SCHEMAS = ['application', 'gateway'];

export interface ClusterOptions extends ClusterSize {
  /** Where clients connect, on 127.0.0.1; null is any free one. */
  readonly port: number | null;
  /** What broadcasts wait on: RabbitMQ where it is left out, else tables in MariaDB. */
  readonly queue?: 'database';
  /** Is given what each process writes, as it comes. */
  readonly hear: (name: string, text: string) => void;
  /** Called when something ends without having been asked to. */
  readonly lost: (name: string, how: string) => void;
}

/** MariaDB, RabbitMQ, and the apps as processes, all on this machine. */
export interface Cluster {
  readonly mysql: PrivateService;
  readonly amqp: PrivateService;
  readonly functionHosts: readonly Part[];
  readonly broadcasters: readonly Part[];
  readonly api: Part;
  readonly gateways: readonly Part[];
  /** Addresses and secrets. */
  readonly plan: Plan;
  /** Stops everything that runs in good order. Resolves to the exit codes by name; null is a process that was down. */
  readonly stop: () => Promise<Readonly<Record<string, number | null>>>;
  /** Ends all of it at once. */
  readonly remove: () => Promise<void>;
}

/** Starts everything, from built apps. @throws Error with what it wrote when a process does not start */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { mysql, amqp, close } = await startServices();
  const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
  const gone = watch({ kind: 'path', what: folder });
  const parts: Part[] = [];
  const balancers: Balancer[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.kill()));
    await Promise.all(balancers.map((balancer) => balancer.stop()));
    await close();
    rmSync(folder, { recursive: true, force: true });
    gone();
  };
  try {
    for (const service of [mysql, amqp]) service.onEnd = () => options.lost(service.name, 'ended');
    const queueUrl = options.queue === 'database' ? 'database:' : amqp.url;
    const plan = await planCluster({ mysqlUrl: mysql.url, queueUrl }, { ...options, folder });
    for (const { file, config } of plan.gateways) writeFileSync(file, config, { mode: 0o600 });
    await makeDatabase(mysql.url, plan.databaseUrl);
    await migrate(plan.databaseUrl, options.hear);
    const made = (planned: Planned): Part => parts[parts.push(partOf(planned, options)) - 1] as Part;
    const functionHosts = plan.functionHosts.map(made);
    const broadcasters = plan.broadcasters.map(made);
    const api = made(plan.api);
    await Promise.all(parts.map((part) => part.start()));
    const gateways = plan.gateways.map(made);
    await Promise.all(gateways.map((gateway) => gateway.start()));
    for (const { port, among } of plan.balanced) {
      const balancer = new Balancer(among);
      balancers.push(balancer);
      await balancer.start(port);
    }
    const stop = async (): Promise<Record<string, number | null>> => {
      // Gateways need their functions for cleanups, and they need the servers.
      const inOrder = [gateways, [...broadcasters, api], functionHosts];
      const codes: Record<string, number | null> = {};
      for (const together of inOrder) {
        await Promise.all(together.map(async (part) => (codes[part.name] = await part.stop())));
      }
      await remove();
      return codes;
    };
    return { mysql, amqp, functionHosts, broadcasters, api, gateways, plan, stop, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeDatabase(server: string, database: string): Promise<void> {
  const connection = await createConnection(server);
  try {
    await connection.query(`CREATE DATABASE \`${new URL(database).pathname.slice(1)}\``);
  } finally {
    await connection.end();
  }
}

async function migrate(databaseUrl: string, hear: ClusterOptions['hear']): Promise<void> {
  for (const schema of SCHEMAS) {
    const command = appCommand('migrate', { DATABASE_URL: databaseUrl }, '--schema', schema);
    const process = await GuardedProcess.start(command, { hear: (text) => hear('migrate', text) });
    const { code } = await process.ended;
    if (code !== 0) throw new Error(`the tables could not be made:\n${process.output}`);
  }
}

function partOf({ name, app, env, monitoring }: Planned, { hear, lost }: ClusterOptions): Part {
  const options: PartOptions = {
    name,
    command: appCommand(app, env),
    monitoring,
    hear: (text) => hear(name, text),
    lost: (_, { code, signal }) =>
      lost(name, signal ? `was ended by ${signal}` : `exited with ${code ?? '?'}`),
  };
  return new Part(options);
}

/** It sees only what it is given of the environment. */
function appCommand(app: string, env: Readonly<Record<string, string>>, ...args: string[]): Command {
  const bundle = join(APPS, app, 'index.js');
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing: npx nx build ${app}`);
  const common = { PATH: process.env['PATH'], LOG_LEVEL: process.env['LOG_LEVEL'] };
  const flags = app === 'gateway' ? GATEWAY_FLAGS : [];
  return { file: process.execPath, args: [...flags, bundle, ...args], env: { ...common, ...env } };
}
