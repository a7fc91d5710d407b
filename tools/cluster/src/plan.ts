import { randomBytes } from 'node:crypto';
import { freePorts } from '@sendback/tools/services';

const FUNCTION_HOSTS = 2;
const DATABASE = 'sendback';

export interface Servers {
  readonly mysqlUrl: string;
  /** `QUEUE_URL` of the apps. */
  readonly queueUrl: string;
}

/** A process to be: of which app, with what in its environment. */
export interface Planned {
  readonly name: string;
  readonly app: string;
  readonly env: Readonly<Record<string, string>>;
  readonly monitoring: string;
}

/** Every address and secret of a cluster, before anything of it runs. */
export interface Plan {
  readonly databaseUrl: string;
  readonly websocket: string;
  readonly reversePush: string;
  readonly apiUrl: string;
  readonly apiToken: string;
  readonly functionHosts: readonly Planned[];
  readonly broadcasters: readonly Planned[];
  readonly api: Planned;
  readonly gateway: Planned;
  /** What `GATEWAY_CONFIG` has to hold. */
  readonly gatewayConfig: string;
}

/**
 * @param port where clients connect; null is any free one
 * @param gatewayFile of the gateway's configuration
 */
export async function planCluster(
  { mysqlUrl, queueUrl }: Servers,
  { broadcasters, port, gatewayFile }: { broadcasters: number; port: number | null; gatewayFile: string },
): Promise<Plan> {
  const [free = 0, push = 0, api = 0, ...others] = await freePorts(3 + FUNCTION_HOSTS + broadcasters);
  const listen = port ?? free;
  const apiId = `api-${randomBytes(16).toString('hex')}`;
  const apiToken = randomBytes(24).toString('base64url');
  const at = (some: number): string => `http://127.0.0.1:${some}`;
  const databaseUrl = new URL(`/${DATABASE}`, mysqlUrl).href;
  const reversePush = `${at(push)}/${apiId}`;
  const shared = { DATABASE_URL: databaseUrl, QUEUE_URL: queueUrl, SENDBACK_URL: reversePush };
  const several = (app: string, ports: readonly number[], portVariable: string): Planned[] =>
    ports.map((some, index) => ({
      name: `${app}-${index + 1}`,
      app,
      env: { ...shared, [portVariable]: String(some) },
      monitoring: at(some),
    }));
  const functionHosts = several('function-host', others.slice(0, FUNCTION_HOSTS), 'PORT');
  return {
    databaseUrl,
    websocket: `ws://127.0.0.1:${listen}/release/websocket`,
    reversePush,
    apiUrl: `${at(api)}/v1`,
    apiToken,
    functionHosts,
    broadcasters: several('broadcaster', others.slice(FUNCTION_HOSTS), 'MONITORING_PORT'),
    api: {
      name: 'api',
      app: 'api',
      env: { ...shared, PORT: String(api), API_TOKENS: apiToken },
      monitoring: at(api),
    },
    gateway: { name: 'gateway', app: 'gateway', env: { GATEWAY_CONFIG: gatewayFile }, monitoring: at(push) },
    gatewayConfig: gatewayConfig(listen, push, apiId, databaseUrl, functionHosts),
  };
}

/** JSON is YAML. */
function gatewayConfig(
  listen: number,
  push: number,
  id: string,
  database: string,
  functionHosts: readonly Planned[],
): string {
  const host = '127.0.0.1';
  const hosts = (name: string): object => ({
    url: functionHosts.map(({ monitoring }) => `${monitoring}/${name}`),
  });
  return JSON.stringify({
    listen: { host, port: listen },
    reversePush: { host, port: push },
    database,
    apis: [
      {
        id,
        serviceName: 'chat',
        functions: {
          register: hosts('register'),
          transfer: hosts('transfer'),
          cleanup: hosts('cleanup'),
        },
      },
    ],
  });
}
