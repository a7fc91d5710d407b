import { join } from 'node:path';
import type { Planned } from './plan';

export interface PlannedGateway extends Planned {
  /** Of its configuration: named in its environment, and what it has to hold. */
  readonly file: string;
  readonly config: string;
}

/** A port whose connections are balanced among others. */
export interface Balanced {
  readonly port: number;
  readonly among: readonly number[];
}

export interface GatewayEndpoint {
  readonly name: string;
  readonly listen: number;
  readonly push: number;
}

/** One gateway listens itself; several have ports of their own, two each, and the given ones are balanced. */
export function spread(
  listen: number,
  push: number,
  own: readonly number[],
): { endpoints: readonly GatewayEndpoint[]; balanced: readonly Balanced[] } {
  const count = own.length / 2;
  if (count === 1) return { endpoints: [{ name: 'gateway', listen, push }], balanced: [] };
  const [listens, pushes] = [own.slice(0, count), own.slice(count)];
  return {
    endpoints: listens.map((port, index) => ({
      name: `gateway-${index + 1}`,
      listen: port,
      push: pushes[index] ?? 0,
    })),
    balanced: [
      { port: listen, among: listens },
      { port: push, among: pushes },
    ],
  };
}

export function planGateway(
  folder: string,
  { name, listen, push }: GatewayEndpoint,
  {
    apiId,
    database,
    functionHosts,
  }: { apiId: string; database: string; functionHosts: readonly Pick<Planned, 'monitoring'>[] },
): PlannedGateway {
  const file = join(folder, `${name}.yaml`);
  const host = '127.0.0.1';
  const hosts = (called: string): object => ({
    url: functionHosts.map(({ monitoring }) => `${monitoring}/${called}`),
  });
  // JSON is YAML.
  const config = JSON.stringify({
    listen: { host, port: listen },
    reversePush: { host, port: push },
    database,
    apis: [
      {
        id: apiId,
        serviceName: 'chat',
        functions: { register: hosts('register'), transfer: hosts('transfer'), cleanup: hosts('cleanup') },
      },
    ],
  });
  return {
    name,
    app: 'gateway',
    env: { GATEWAY_CONFIG: file },
    monitoring: `http://${host}:${push}`,
    file,
    config,
  };
}
