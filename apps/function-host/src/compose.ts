import { FunctionServer } from '@sendback/adapter/function';
import {
  MeteredBroadcastQueue,
  meteredFunction,
  MeteredPusher,
  type Metrics,
  monitoringRoutes,
  NotReady,
} from '@sendback/adapter/monitoring';
import type { Database } from '@sendback/adapter/typeorm';
import { composeCleanup } from '@sendback/cleanup';
import { StorageUnavailable } from '@sendback/domain/connection';
import { BroadcastQueue, Pusher } from '@sendback/domain/messaging';
import type { Log } from '@sendback/domain/runtime';
import { composeRegister } from '@sendback/register';
import { composeTransfer } from '@sendback/transfer';
import type { Container } from 'inversify';
import type { FunctionHostConfig } from './config';

/** For the events of many connections at once. */
const POOL_SIZE = 10;

type Functions<T> = Readonly<Record<'register' | 'transfer' | 'cleanup', T>>;

export interface Handler {
  handle(event: unknown): Promise<unknown>;
}

/** The function apps as they are, on one pool: what is open for one URL is shared in a process. */
export function composeFunctions(
  config: FunctionHostConfig,
  log: Log,
  metrics: Metrics,
): Functions<Container> {
  const shared = { ...config, poolSize: POOL_SIZE };
  const transfer = composeTransfer(shared, log);
  transfer.onActivation(BroadcastQueue, (_, queue) => new MeteredBroadcastQueue(queue, metrics));
  transfer.onActivation(Pusher, (_, pusher) => new MeteredPusher(pusher, metrics));
  return { register: composeRegister(shared, log), transfer, cleanup: composeCleanup(shared, log) };
}

/** The functions over HTTP, with /metrics, /healthz and /readyz beside them. */
export function composeServer(
  config: FunctionHostConfig,
  handlers: Functions<Handler>,
  database: Database,
  log: Log,
  metrics: Metrics,
): FunctionServer {
  const metered = ([name, handler]: [string, Handler]) =>
    [name, meteredFunction(name, (event) => handler.handle(event), metrics)] as const;
  const server = new FunctionServer({
    functions: Object.fromEntries(Object.entries(handlers).map(metered)),
    log,
    host: config.HOST,
    port: config.PORT,
    maxConcurrent: config.MAX_CONCURRENT,
    ...(config.FUNCTION_SECRET && { secrets: config.FUNCTION_SECRET }),
    routes: monitoringRoutes({
      metrics,
      ready: {
        database: () => ask(database),
        process: async () => {
          if (server.isStopping) throw new NotReady('stopping');
        },
      },
    }),
  });
  watchCalls(server, metrics);
  return server;
}

/** @throws StorageUnavailable when it does not answer */
export async function ask(database: Database): Promise<void> {
  await database.access(StorageUnavailable).run(({ rows }) => rows('SELECT 1'));
}

function watchCalls(server: FunctionServer, metrics: Metrics): void {
  metrics.gauge(
    { name: 'sendback_function_calls_running', help: 'Calls of functions that run', labelNames: [] },
    () => [{ labels: {}, value: server.underWay }],
  );
  metrics.total(
    {
      name: 'sendback_function_calls_refused_total',
      help: 'Calls of functions that were refused: too many at once, or while stopping',
      labelNames: [],
    },
    () => [{ labels: {}, value: server.turnedAway }],
  );
}
