import { parseArgs } from 'node:util';
import { type Running, runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { Database } from '@sendback/adapter/typeorm';
import { BroadcastQueue } from '@sendback/domain/messaging';
import { composeApi, HttpApi } from './compose';
import { readConfig } from './config';

const GRACE_MS = 10_000;

const HELP = `usage: node index.js [--help]

Runs the HTTP API for backends until SIGTERM. GET /v1/openapi.json describes it.

environment:
  DATABASE_URL  sqlite:PATH or mysql://user:password@host/database
  SENDBACK_URL  the reverse push address, for connections whose record names none
  SENDBACK_TOKEN, SENDBACK_CA, SENDBACK_CERT and SENDBACK_KEY
                what push addresses ask for besides: a bearer token; paths of PEM files for those with https:
  QUEUE_URL     database: or amqp://user:password@host/vhost
  QUEUE_LANES   how many lanes it has (8); the same for all who use it
  API_TOKENS    bearer tokens of at least 16 characters each, separated by commas
  HOST          where it listens (127.0.0.1)
  PORT          (8070)
  LOG_LEVEL     debug, info, warn, error or silent (info)
`;

if (wantsHelp()) process.stdout.write(HELP);
else void runProcess(start, GRACE_MS);

function wantsHelp(): boolean {
  try {
    return parseArgs({ options: { help: { type: 'boolean' } } }).values.help === true;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return process.exit(2);
  }
}

async function start(): Promise<Running> {
  const config = readConfig(process.env);
  const log = new PinoLog(config.LOG_LEVEL);
  const container = composeApi(config, log);
  const api = container.get(HttpApi);
  const { address, family, port } = await api.start();
  log.info('api', { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/v1` });
  log.info('ready');
  return {
    stop: async () => {
      log.info('stopping');
      await api.close();
      await container.get(BroadcastQueue).close();
      await container.get(Database).close();
    },
  };
}
