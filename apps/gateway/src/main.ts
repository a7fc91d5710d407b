import { parseArgs } from 'node:util';
import { type Fail, type Running, runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { shortApiId } from '@sendback/domain/gateway';
import { composeGateway } from './compose';
import { readConfig } from './config';
import { GatewayApp } from './gateway-app';

/** A little more than draining may take. */
const GRACE_MS = 15_000;

const HELP = `usage: node index.js [--addresses | --help]

Runs the gateway until SIGTERM.

  --addresses  prints where clients connect and where functions push, secrets included, and ends
  --help       prints this

environment:
  GATEWAY_CONFIG  the configuration file (gateway.yaml)
  LOG_LEVEL       debug, info, warn, error or silent (info)
`;

const options = readOptions();
if (options.help) process.stdout.write(HELP);
else void runProcess((fail) => start(options.addresses === true, fail), GRACE_MS);

function readOptions(): { addresses?: boolean; help?: boolean } {
  try {
    return parseArgs({ options: { addresses: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return process.exit(2);
  }
}

async function start(addressesOnly: boolean, fail: Fail): Promise<Running> {
  const { config, logLevel } = readConfig(process.env);
  const log = new PinoLog(logLevel);
  const tenureLost = (): void => fail('another gateway has taken over the connections of this one');
  const app = await composeGateway({ ...config, tenureLost }, log).getAsync(GatewayApp);
  if (addressesOnly) {
    for (const { websocket, reversePush } of app.addresses())
      process.stdout.write(`${websocket}\n${reversePush}\n`);
    process.exit(0);
  }
  await app.listenForPushes();
  await app.listenForClients();
  for (const { serviceName, apiId, websocket, reversePush } of app.addresses()) {
    log.info('api', { serviceName, websocket, reversePush: reversePush.replace(apiId, shortApiId(apiId)) });
  }
  log.info('ready');
  return {
    stop: async () => {
      log.info('draining');
      await app.drain();
      await app.close();
    },
  };
}
