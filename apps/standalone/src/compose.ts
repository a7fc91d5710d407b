import { join } from 'node:path';
import type { Metrics } from '@sendback/adapter/monitoring';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import { composeApi } from '@sendback/api';
import { composeBroadcaster } from '@sendback/broadcaster';
import { composeCleanup } from '@sendback/cleanup';
import {
  DEFAULT_BACKEND_TIMEOUT_SECONDS,
  DEFAULT_FUNCTION_TIMEOUT_MS,
  DEFAULT_LIMITS,
  type FunctionEvent,
} from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import { composeGateway, type FunctionConfig } from '@sendback/gateway';
import { composeRegister } from '@sendback/register';
import { composeTransfer } from '@sendback/transfer';
import type { Container } from 'inversify';
import type { StandaloneConfig } from './config';
import { servePage } from './page';

export type FunctionName = 'register' | 'transfer' | 'cleanup';

const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * The gateway app, with functions of this process.
 * @param call runs a function; not called before the gateway listens for clients
 */
export function composeStandaloneGateway(
  config: StandaloneConfig,
  call: (name: FunctionName, event: FunctionEvent) => Promise<unknown>,
  tenureLost: () => void,
  log: Log,
  metrics: Metrics,
): Container {
  const inProcess = (name: FunctionName): FunctionConfig => ({
    handler: (event) => call(name, event),
    timeout: DEFAULT_FUNCTION_TIMEOUT_MS / 1_000,
  });
  return composeGateway(
    {
      listen: { host: '0.0.0.0', port: config.PORT },
      reversePush: { host: '127.0.0.1', port: config.PUSH_PORT },
      database: parseDatabaseUrl(`sqlite:${join(config.DATA_DIR, 'gateway.db')}`),
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxConnections: DEFAULT_LIMITS.maxConnections,
      apis: [
        {
          serviceName: 'chat',
          stage: 'release',
          path: '/websocket',
          backendTimeout: DEFAULT_BACKEND_TIMEOUT_SECONDS,
          functions: {
            register: inProcess('register'),
            transfer: inProcess('transfer'),
            cleanup: inProcess('cleanup'),
          },
        },
      ],
      tenureLost,
      routes: servePage(join(__dirname, 'page')),
    },
    log,
    metrics,
  );
}

export interface ApplicationContainers extends Readonly<Record<FunctionName, Container>> {
  readonly broadcaster: Container;
  readonly api: Container;
}

/** The three function apps, the broadcaster and the HTTP API, all on the application's database. */
export function composeApplication(
  config: StandaloneConfig,
  reversePushAddress: string,
  apiToken: string,
  log: Log,
  metrics: Metrics,
): ApplicationContainers {
  const shared = {
    DATABASE_URL: parseDatabaseUrl(`sqlite:${join(config.DATA_DIR, 'sendback.db')}`),
    SENDBACK_URL: reversePushAddress,
    QUEUE_URL: 'database:',
    QUEUE_LANES: 1,
    LOG_LEVEL: config.LOG_LEVEL,
  } as const;
  return {
    register: composeRegister(shared, log),
    transfer: composeTransfer(shared, log),
    cleanup: composeCleanup(shared, log),
    broadcaster: composeBroadcaster(shared, log, metrics),
    api: composeApi(
      { ...shared, HOST: '127.0.0.1', PORT: config.API_PORT, API_TOKENS: [apiToken] },
      log,
      metrics,
    ),
  };
}
