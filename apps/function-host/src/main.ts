import { parseArgs } from 'node:util';
import { Metrics } from '@sendback/adapter/monitoring';
import { type Running, runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { CleanupHandler, RegistrationHandler, TransferHandler } from '@sendback/adapter/scf';
import { Database } from '@sendback/adapter/typeorm';
import { BroadcastQueue } from '@sendback/domain/messaging';
import { ask, composeFunctions, composeServer } from './compose';
import { readConfig } from './config';

/** A little more than an event that is being sent and then handled may take. */
const GRACE_MS = 15_000;

const HELP = `usage: node index.js [--help]

Serves the three functions over HTTP, at /register, /transfer and /cleanup, until SIGTERM; beside them /healthz, /readyz
and /metrics.

environment:
  DATABASE_URL    sqlite:PATH or mysql://user:password@host/database
  SENDBACK_URL    the reverse push address
  QUEUE_URL       database: or amqp://user:password@host/vhost
  QUEUE_LANES     how many lanes it has (8); the same for all who use it
  JWT_SECRET, JWT_PUBLIC_KEY or JWT_JWKS_URL, with JWT_ISSUER, JWT_AUDIENCE and JWT_USER_CLAIM
                  what clients' tokens are checked by; without, everybody may connect
  HOST            where it listens (127.0.0.1): whoever reaches it can speak for any client
  PORT            (8090)
  MAX_CONCURRENT  calls at once (64); further ones wait for up to a second, then get 503
  LOG_LEVEL       debug, info, warn, error or silent (info)
`;

if (readOptions().help) process.stdout.write(HELP);
else void runProcess(start, GRACE_MS);

function readOptions(): { help?: boolean } {
  try {
    return parseArgs({ options: { help: { type: 'boolean' } } }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return process.exit(2);
  }
}

async function start(): Promise<Running> {
  const config = readConfig(process.env);
  const log = new PinoLog(config.LOG_LEVEL);
  const metrics = new Metrics('function-host');
  const { register, transfer, cleanup } = composeFunctions(config, log, metrics);
  const handlers = {
    register: register.get(RegistrationHandler),
    transfer: transfer.get(TransferHandler),
    cleanup: cleanup.get(CleanupHandler),
  };
  const database = register.get(Database);
  // Opened before the first event, which would have to wait for it. Its absence is what clients and /readyz are told.
  await ask(database).catch((error: unknown) => log.warn('the database does not answer', { error }));
  const server = composeServer(config, handlers, database, log, metrics);
  const address = await server.start();
  for (const name of Object.keys(handlers)) log.info('function', { name, url: `${address}/${name}` });
  log.info('ready');
  return {
    stop: async () => {
      log.info('stopping');
      await server.close();
      await transfer.get(BroadcastQueue).close();
      for (const container of [register, transfer, cleanup]) await container.get(Database).close();
    },
  };
}
