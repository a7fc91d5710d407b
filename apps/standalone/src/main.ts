import { type Fail, type Running, runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { CleanupHandler, RegistrationHandler, TransferHandler } from '@sendback/adapter/scf';
import { Database } from '@sendback/adapter/typeorm';
import { Broadcaster } from '@sendback/domain/messaging';
import { GatewayApp } from '@sendback/gateway';
import { composeApplication, composeStandaloneGateway, type FunctionName } from './compose';
import { readConfig } from './config';

/** A little more than draining may take. */
const GRACE_MS = 15_000;

void runProcess(start, GRACE_MS);

/** The functions need the reverse push address, and the gateway knows it once it listens. */
async function start(fail: Fail): Promise<Running> {
  const config = readConfig(process.env);
  const log = new PinoLog(config.LOG_LEVEL, process.stderr);
  const handlers = new Map<FunctionName, { handle(event: unknown): Promise<unknown> }>();
  const gateway = await composeStandaloneGateway(
    config,
    async (name, event) => handlers.get(name)?.handle(event),
    () => fail('another process has taken over the connections of this one'),
    log,
  ).getAsync(GatewayApp);
  await gateway.listenForPushes().catch(explainTaken('PUSH_PORT', config.PUSH_PORT));

  const reversePush = gateway.addresses()[0]?.reversePush ?? '';
  const application = composeApplication(config, reversePush, log);
  handlers.set('register', application.register.get(RegistrationHandler));
  handlers.set('transfer', application.transfer.get(TransferHandler));
  handlers.set('cleanup', application.cleanup.get(CleanupHandler));
  const broadcaster = application.broadcaster.get(Broadcaster);
  broadcaster.start();

  await gateway.listenForClients().catch(explainTaken('PORT', config.PORT));
  printAddresses(gateway);
  return {
    stop: async () => {
      await gateway.drain();
      await broadcaster.stop();
      await gateway.close();
      const { register, transfer, cleanup } = application;
      for (const container of [register, transfer, cleanup, application.broadcaster]) {
        await container.get(Database).close();
      }
    },
  };
}

function printAddresses(gateway: GatewayApp): void {
  for (const { websocket, reversePush } of gateway.addresses()) {
    const page = `http://${new URL(websocket).host}/`;
    process.stdout.write(`page          ${page}\nWebSocket     ${websocket}\nreverse push  ${reversePush}\n`);
  }
}

function explainTaken(variable: string, port: number): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(`port ${port} is already in use: set ${variable} to another one`, { cause: error });
  };
}
