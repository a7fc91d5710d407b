import { parseArgs } from 'node:util';
import { Metrics } from '@sendback/adapter/monitoring';
import { type Running, runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { CleanupHandler, RegistrationHandler, TransferHandler } from '@sendback/adapter/scf';
import { Database } from '@sendback/adapter/typeorm';
import { BroadcastQueue } from '@sendback/domain/messaging';
import { ask, composeFunctions, composeServer } from './compose';
import { readConfig } from './config';
import { HELP } from './help';

/** A little more than an event that is being sent and then handled may take. */
const GRACE_MS = 15_000;

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
