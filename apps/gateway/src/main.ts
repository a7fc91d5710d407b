import { parseArgs } from 'node:util';
import { type Fail, type Running, runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { shortApiId } from '@sendback/domain/gateway';
import { composeGateway } from './compose';
import { readConfig } from './config/config';
import { DRAIN_GRACE_MS, GatewayApp } from './gateway-app';

/** Of stopping, beyond telling clients to go and waiting for their cleanups. */
const CLOSE_MS = 5_000;

const HELP = `usage: node index.js [--addresses | --help]

Runs the gateway until SIGTERM. SIGHUP reads certificates anew.

  --addresses  prints where clients connect and where functions push, secrets included, and ends
  --help       prints this

environment:
  GATEWAY_CONFIG  the configuration file (gateway.yaml)
  LOG_LEVEL       debug, info, warn, error or silent (info)
  TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_TOKEN
                  credentials for functions of kind scf
`;

const options = readOptions();
if (options.help) process.stdout.write(HELP);
else void runProcess((fail) => start(options.addresses === true, fail), DRAIN_GRACE_MS + CLOSE_MS);

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
  const app = await composeGateway({ ...config, environment: process.env, tenureLost }, log).getAsync(
    GatewayApp,
  );
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
  log.info('node', { address: app.nodeAddress });
  log.info('ready');
  return {
    graceMs: config.drainWindow * 1_000 + DRAIN_GRACE_MS + CLOSE_MS,
    reload: async () => {
      app.reload();
      log.info('certificates read anew');
    },
    stop: async () => {
      log.info('draining');
      await app.drain();
      await app.close();
    },
  };
}
