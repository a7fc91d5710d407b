import 'reflect-metadata';
import {
  type FunctionHandler,
  HttpFunctionInvoker,
  InProcessFunctionInvoker,
  RoundRobinFunctionInvoker,
} from '@sendback/adapter/function';
import {
  type CalledFunction,
  MeteredFunctionInvoker,
  Metrics,
  monitoringRoutes,
  watchGateway,
} from '@sendback/adapter/monitoring';
import { CryptoIdSource, SystemClock } from '@sendback/adapter/node';
import { Database, TypeOrmSessionLedger } from '@sendback/adapter/typeorm';
import {
  parsePush,
  PublicListener,
  type PublicListenerOptions,
  PushListener,
} from '@sendback/adapter/websocket';
import {
  type Api,
  type ApiFunction,
  Gateway,
  newApiId,
  SessionLedger,
  UNLIMITED,
} from '@sendback/domain/gateway';
import { Clock, IdSource, Log } from '@sendback/domain/runtime';
import { Container } from 'inversify';
import type { GatewayConfig } from './config';
import { GatewayApp } from './gateway-app';
import { readinessOf } from './readiness';

export { GatewayApp };

/** Of the ledger, when it is on MySQL. */
const POOL_SIZE = 10;

/** A function of an API: behind a URL, or one of this process. */
export type FunctionConfig =
  | GatewayConfig['apis'][number]['functions']['transfer']
  | { readonly handler: FunctionHandler; readonly timeout: number };

export interface ApiConfig extends Omit<GatewayConfig['apis'][number], 'functions'> {
  readonly functions: {
    readonly register?: FunctionConfig | undefined;
    readonly transfer: FunctionConfig;
    readonly cleanup?: FunctionConfig | undefined;
  };
}

export interface GatewaySettings extends Omit<GatewayConfig, 'apis'> {
  readonly apis: readonly ApiConfig[];
  /** Called when another gateway has taken over this one's connections: the process should end. */
  readonly tenureLost: () => void;
  /** Plain HTTP routes beside the WebSocket ones. */
  readonly routes?: NonNullable<PublicListenerOptions['routes']>;
}

export function composeGateway(
  settings: GatewaySettings,
  log: Log,
  metrics = new Metrics('gateway'),
): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toResolvedValue(() => new SystemClock());
  container.bind(IdSource).toResolvedValue(() => new CryptoIdSource());
  container.bind(Log).toConstantValue(log);
  container
    .bind(Database)
    .toResolvedValue(
      () => new Database(settings.database, { schema: 'gateway', migrate: true, poolSize: POOL_SIZE }),
    );
  container.bind(SessionLedger).toResolvedValue((database) => new TypeOrmSessionLedger(database), [Database]);
  container.bind(Gateway).toResolvedValue(
    async (ledger, clock, ids, log) => {
      const gateway = new Gateway({
        apis: await Promise.all(settings.apis.map((api) => apiOf(api, ledger, ids, metrics))),
        ledger,
        clock,
        ids,
        log,
        parsePush,
        limits: { maxConnections: settings.maxConnections },
        tenureLost: settings.tenureLost,
      });
      watchGateway(gateway, metrics);
      return gateway;
    },
    [SessionLedger, Clock, IdSource, Log],
  );
  container.bind(PublicListener).toResolvedValue(
    (gateway, log) =>
      new PublicListener({
        gateway,
        log,
        ...settings.listen,
        maxMessageBytes: settings.maxMessageBytes,
        ...(settings.routes && { routes: settings.routes }),
      }),
    [Gateway, Log],
  );
  container.bind(PushListener).toResolvedValue(
    (gateway, database, log) => {
      const routes = monitoringRoutes({ metrics, ready: readinessOf(gateway, database) });
      return new PushListener({ gateway, log, ...settings.reversePush, routes });
    },
    [Gateway, Database, Log],
  );
  container
    .bind(GatewayApp)
    .toResolvedValue(
      (gateway, publicListener, pushListener, database) =>
        new GatewayApp(
          gateway,
          publicListener,
          pushListener,
          database,
          settings.listen,
          settings.reversePush,
        ),
      [Gateway, PublicListener, PushListener, Database],
    );
  return container;
}

async function apiOf(
  config: ApiConfig,
  ledger: SessionLedger,
  ids: IdSource,
  metrics: Metrics,
): Promise<Api> {
  const { serviceName, stage, path, backendTimeout, functions } = config;
  const { register, transfer, cleanup } = functions;
  const metered = (config: FunctionConfig, name: CalledFunction['function']): ApiFunction =>
    functionOf(config, { api: `/${stage}${path}`, function: name }, metrics);
  return {
    id: config.id ?? (await ledger.secret(`${serviceName}/${stage}${path}`, newApiId(ids))),
    serviceName,
    stage,
    path,
    backendTimeoutSeconds: backendTimeout,
    integrationResponse: false,
    handOversAtOnce: 1,
    limits: { all: UNLIMITED, perAddress: UNLIMITED },
    functions: {
      ...(register && { register: metered(register, 'register') }),
      transfer: metered(transfer, 'transfer'),
      ...(cleanup && { cleanup: metered(cleanup, 'cleanup') }),
    },
  };
}

function functionOf(config: FunctionConfig, called: CalledFunction, metrics: Metrics): ApiFunction {
  const invoker =
    'url' in config
      ? new RoundRobinFunctionInvoker(config.url.map((url) => new HttpFunctionInvoker({ url })))
      : new InProcessFunctionInvoker(config.handler, called.function);
  return { invoker: new MeteredFunctionInvoker(invoker, called, metrics), timeoutMs: config.timeout * 1_000 };
}
