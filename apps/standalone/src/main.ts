import { Metrics } from '@sendback/adapter/monitoring';
import { type Fail, type Running, runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { CleanupHandler, RegistrationHandler, TransferHandler } from '@sendback/adapter/scf';
import { Database } from '@sendback/adapter/typeorm';
import { Broadcaster } from '@sendback/domain/messaging';
import { GatewayApp } from '@sendback/gateway';
import { HttpApi } from '@sendback/api';
import { type ApiToken, apiToken } from './api-token';
import { composeApplication, composeStandaloneGateway, type FunctionName } from './compose';
import type { Container } from 'inversify';
import { readConfig } from './config';

/** A little more than draining may take. */
const GRACE_MS = 15_000;

void runProcess(start, GRACE_MS);

/** The functions need the reverse push address, and the gateway knows it once it listens. */
async function start(fail: Fail): Promise<Running> {
  const config = readConfig(process.env);
  const log = new PinoLog(config.LOG_LEVEL, process.stderr);
  const metrics = new Metrics('standalone');
  const handlers = new Map<FunctionName, { handle(event: unknown): Promise<unknown> }>();
  const gateway = await composeStandaloneGateway(
    config,
    async (name, event) => handlers.get(name)?.handle(event),
    () => fail('another process has taken over the connections of this one'),
    log,
    metrics,
  ).getAsync(GatewayApp);
  await gateway.listenForPushes().catch(explainTaken('PUSH_PORT', config.PUSH_PORT));

  const reversePush = gateway.addresses()[0]?.reversePush ?? '';
  const token = apiToken(config.DATA_DIR);
  const application = composeApplication(config, reversePush, token.token, log, metrics);
  handlers.set('register', application.register.get(RegistrationHandler));
  handlers.set('transfer', application.transfer.get(TransferHandler));
  handlers.set('cleanup', application.cleanup.get(CleanupHandler));
  const broadcaster = application.broadcaster.get(Broadcaster);
  broadcaster.start();
  const api = application.api.get(HttpApi);
  const { port: apiPort } = await api.start().catch(explainTaken('API_PORT', config.API_PORT));

  await gateway.listenForClients().catch(explainTaken('PORT', config.PORT));
  printAddresses(gateway, apiPort, token);
  return {
    stop: async () => {
      await gateway.drain();
      await api.close();
      await broadcaster.stop();
      await gateway.close();
      for (const container of Object.values<Container>({ ...application }))
        await container.get(Database).close();
    },
  };
}

function printAddresses(gateway: GatewayApp, apiPort: number, { token, file, isNew }: ApiToken): void {
  const [addresses] = gateway.addresses();
  if (!addresses) return;
  const lines = [
    ['page', `http://${new URL(addresses.websocket).host}/`],
    ['WebSocket', addresses.websocket],
    ['HTTP API', `http://127.0.0.1:${apiPort}/v1`],
    ['API token', isNew ? `${token} (shown this once, kept in ${file})` : `in ${file}`],
    ['reverse push', addresses.reversePush],
  ];
  process.stdout.write(lines.map(([name = '', value = '']) => `${name.padEnd(14)}${value}\n`).join(''));
}

function explainTaken(variable: string, port: number): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(`port ${port} is already in use: set ${variable} to another one`, { cause: error });
  };
}
