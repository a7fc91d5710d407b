import { randomBytes } from 'node:crypto';
import { freePorts } from '@sendback/tools/services';
import { type Balanced, planGateway, type PlannedGateway, spread } from './plan-gateways';

const FUNCTION_HOSTS = 2;
const DATABASE = 'sendback';

export interface ClusterSize {
  readonly broadcasters: number;
  /** With more than one, clients and pushes are balanced among them. */
  readonly gateways: number;
}

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
  readonly gateways: readonly PlannedGateway[];
  /** Where the addresses above are balanced among gateways; empty with one, which has them itself. */
  readonly balanced: readonly Balanced[];
}

/**
 * @param port where clients connect; null is any free one
 * @param folder of the gateways' configuration files
 */
export async function planCluster(
  { mysqlUrl, queueUrl }: Servers,
  { broadcasters, gateways, port, folder }: ClusterSize & { port: number | null; folder: string },
): Promise<Plan> {
  const [free = 0, push = 0, api = 0, ...others] = await freePorts(
    3 + FUNCTION_HOSTS + broadcasters + 2 * gateways,
  );
  const listen = port ?? free;
  const { endpoints, balanced } = spread(listen, push, others.splice(0, 2 * gateways));
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
    gateways: endpoints.map((endpoint) =>
      planGateway(folder, endpoint, { apiId, database: databaseUrl, functionHosts }),
    ),
    balanced,
  };
}
