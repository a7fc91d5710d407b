import { join } from 'node:path';
import type { Metrics } from '@sendback/adapter/monitoring';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import { composeApi } from '@sendback/api';
import { composeBroadcaster } from '@sendback/broadcaster';
import { composeCleanup } from '@sendback/cleanup';
import { DEFAULT_FUNCTION_TIMEOUT_MS, type FunctionEvent } from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import { apiSettings, composeGateway, type FunctionConfig, serverSettings } from '@sendback/gateway';
import { composeRegister } from '@sendback/register';
import { composeTransfer } from '@sendback/transfer';
import type { Container } from 'inversify';
import type { StandaloneConfig } from './config';
import { servePage } from './page';

export type FunctionName = 'register' | 'transfer' | 'cleanup';

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
      ...serverSettings.parse({
        listen: { port: config.PORT },
        reversePush: { port: config.PUSH_PORT },
        database: `sqlite:${join(config.DATA_DIR, 'gateway.db')}`,
        drainWindow: 0,
      }),
      apis: [
        {
          ...apiSettings.parse({ serviceName: 'chat' }),
          functions: {
            register: inProcess('register'),
            transfer: inProcess('transfer'),
            cleanup: inProcess('cleanup'),
          },
        },
      ],
      environment: {},
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
