import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createConnection } from 'mysql2/promise';
// eslint-disable-next-line @nx/enforce-module-boundaries -- a tool has no alias
import { freePorts, type PrivateService, startServices } from '../../services/src';
import { Member } from './member';

const WORKSPACE = resolve(__dirname, '../../..');

/** MariaDB, RabbitMQ, two function-hosts, two broadcasters and a gateway, each a process of its own. */
export interface Topology {
  readonly mysql: PrivateService;
  readonly amqp: PrivateService;
  readonly broadcasters: readonly [Member, Member];
  readonly functionHosts: readonly [Member, Member];
  readonly gateway: Member;
  /** Where clients connect. */
  readonly websocket: string;
  /** Of the functions and broadcasters. */
  readonly applicationDatabase: string;
  readonly gatewayDatabase: string;
  /** What broadcasts wait on: an AMQP URL, or `database:`. */
  readonly queue: string;
  /** SIGTERM to every process, in order. Resolves to their exit codes by name. */
  readonly stop: () => Promise<Record<string, number | null>>;
  /** Ends all of it at once and removes what it wrote. */
  readonly remove: () => Promise<void>;
}

/** @param queue what broadcasts wait on: RabbitMQ, or tables in MariaDB */
export async function startTopology(queue: 'amqp' | 'database'): Promise<Topology> {
  const { mysql, amqp, close } = await startServices();
  const folder = mkdtempSync(join(tmpdir(), 'sendback-faults-'));
  const members: Member[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
    await close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const databases = await makeDatabases(mysql.url);
    const [listen = 0, push = 0, ...hostPorts] = await freePorts(4);
    const secret = `api-${randomBytes(16).toString('hex')}`;
    const functions = hostPorts.map((port) => `http://127.0.0.1:${port}`);
    const config = join(folder, 'gateway.yaml');
    writeFileSync(config, gatewayYaml({ listen, push, secret, functions, database: databases.gateway }));
    const environment = {
      DATABASE_URL: databases.application,
      SENDBACK_URL: `http://127.0.0.1:${push}/${secret}`,
      QUEUE_URL: queue === 'amqp' ? amqp.url : 'database:',
      LOG_LEVEL: process.env['FAULTS_LOG_LEVEL'] ?? 'info',
    };
    const member = (name: string, app: string, env: Readonly<Record<string, string>>): Member => {
      const args = [join(WORKSPACE, 'dist/apps', app, 'index.js')];
      const made = new Member(name, {
        file: process.execPath,
        args,
        env: { PATH: process.env['PATH'], ...env },
      });
      members.push(made);
      return made;
    };
    const hosts = hostPorts.map((port, index) =>
      member(`function-host-${index + 1}`, 'function-host', { ...environment, PORT: String(port) }),
    ) as [Member, Member];
    const broadcasters: [Member, Member] = [
      member('broadcaster-1', 'broadcaster', environment),
      member('broadcaster-2', 'broadcaster', environment),
    ];
    const gateway = member('gateway', 'gateway', { GATEWAY_CONFIG: config });
    for (const { start } of [...members].map((made) => ({ start: () => made.start() }))) await start();
    return {
      mysql,
      amqp,
      broadcasters,
      functionHosts: hosts,
      gateway,
      websocket: `ws://127.0.0.1:${listen}/release/websocket`,
      applicationDatabase: databases.application,
      gatewayDatabase: databases.gateway,
      queue: environment.QUEUE_URL,
      stop: async () => {
        const codes: Record<string, number | null> = {};
        for (const one of [gateway, ...broadcasters, ...hosts]) codes[one.name] = await one.stop();
        return codes;
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeDatabases(server: string): Promise<{ application: string; gateway: string }> {
  const url = (name: string): string => new URL(`/${name}`, server).href;
  const connection = await createConnection(server);
  try {
    for (const name of ['application', 'gateway']) await connection.query(`CREATE DATABASE ${name}`);
  } finally {
    await connection.end();
  }
  return { application: url('application'), gateway: url('gateway') };
}

interface GatewaySettings {
  readonly listen: number;
  readonly push: number;
  readonly secret: string;
  readonly functions: readonly string[];
  readonly database: string;
}

function gatewayYaml({ listen, push, secret, functions, database }: GatewaySettings): string {
  const urls = (name: string): string => JSON.stringify(functions.map((origin) => `${origin}/${name}`));
  return `listen: { host: 127.0.0.1, port: ${listen} }
reversePush: { host: 127.0.0.1, port: ${push} }
database: ${database}
apis:
  - id: ${secret}
    serviceName: chat
    functions:
      register: { url: ${urls('register')} }
      transfer: { url: ${urls('transfer')}, timeout: 8 }
      cleanup: { url: ${urls('cleanup')} }
`;
}
