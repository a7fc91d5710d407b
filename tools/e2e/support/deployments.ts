import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppProcess, startStandalone } from './app-process';
import { freePort } from './free-port';

const API_ID = 'api-0123456789abcdef0123456789abcdef';
const APPS = resolve(__dirname, '../../../dist/apps');
const NAMES = ['register', 'transfer', 'cleanup'] as const;

/** The three functions, a gateway, and a broadcaster, on SQLite. */
export interface Deployment {
  readonly websocket: string;
  readonly reversePush: string;
  /** Of the application's database. */
  readonly database: string;
  readonly stop: () => Promise<unknown>;
}

/** Ways to run the functions, by the name of their kind. */
export const deployments: Readonly<Record<string, (folder: string) => Promise<Deployment>>> = {
  'in the same process': inProcess,
  'behind url': behindUrl,
  'as module': asModule,
};

async function inProcess(folder: string): Promise<Deployment> {
  const { app, websocket, reversePush } = await startStandalone(folder);
  return { websocket, reversePush, database: join(folder, 'sendback.db'), stop: () => app.stop() };
}

async function behindUrl(folder: string): Promise<Deployment> {
  const environment = await environmentIn(folder);
  const host = await AppProcess.start('function-host', { ...environment, PORT: '0' }, /"msg":"ready"/);
  const { origin } = new URL(/"url":"([^"]+)"/.exec(host.output)?.[1] ?? '');
  const functions = functionsOf((name) => ({ url: `${origin}/${name}`, timeout: 30 }));
  return withGateway(folder, environment, functions, [host]);
}

async function asModule(folder: string): Promise<Deployment> {
  const environment = await environmentIn(folder);
  const functions = functionsOf((name) => ({
    module: join(APPS, name, 'index.js'),
    processes: 2,
    timeout: 30,
    environment,
  }));
  return withGateway(folder, environment, functions, []);
}

type Environment = Readonly<Record<string, string>>;

async function environmentIn(folder: string): Promise<Environment> {
  return {
    DATABASE_URL: `sqlite:${join(folder, 'sendback.db')}`,
    SENDBACK_URL: `http://127.0.0.1:${await freePort()}/${API_ID}`,
    QUEUE_URL: 'database:',
  };
}

function functionsOf(how: (name: string) => object): object {
  return Object.fromEntries(NAMES.map((name) => [name, how(name)]));
}

async function withGateway(
  folder: string,
  environment: Environment,
  functions: object,
  hosts: readonly AppProcess[],
): Promise<Deployment> {
  const reversePush = environment['SENDBACK_URL'] ?? '';
  const file = join(folder, 'gateway.yaml');
  // JSON is YAML.
  const config = {
    listen: { host: '127.0.0.1', port: 0 },
    reversePush: { port: Number(new URL(reversePush).port) },
    database: `sqlite:${join(folder, 'gateway.db')}`,
    drainWindow: 0,
    apis: [{ id: API_ID, serviceName: 'chat', functions }],
  };
  writeFileSync(file, JSON.stringify(config));
  const gateway = await AppProcess.start('gateway', { GATEWAY_CONFIG: file }, /"msg":"ready"/);
  const broadcaster = await AppProcess.start('broadcaster', environment, /"msg":"ready"/);
  return {
    websocket: /"websocket":"([^"]+)"/.exec(gateway.output)?.[1] ?? '',
    reversePush,
    database: join(folder, 'sendback.db'),
    stop: async () => {
      for (const app of [gateway, broadcaster, ...hosts]) await app.stop();
    },
  };
}
