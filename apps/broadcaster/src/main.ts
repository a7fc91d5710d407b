import { MonitoringListener } from '@sendback/adapter/monitoring';
import { runProcess } from '@sendback/adapter/node';
import { PinoLog } from '@sendback/adapter/pino';
import { Database } from '@sendback/adapter/typeorm';
import { Broadcaster, BroadcastQueue } from '@sendback/domain/messaging';
import { composeBroadcaster } from './compose';
import { readConfig } from './config';

const GRACE_MS = 15_000;

void runProcess(async () => {
  const config = readConfig(process.env);
  const log = new PinoLog(config.LOG_LEVEL);
  const container = composeBroadcaster(config, log);
  const broadcaster = container.get(Broadcaster);
  const monitoring = container.get(MonitoringListener, { optional: true });
  const address = await monitoring?.start();
  if (address) log.info('monitoring', { host: address.address, port: address.port });
  broadcaster.start();
  log.info('ready');
  return {
    stop: async () => {
      log.info('stopping');
      await broadcaster.stop();
      await monitoring?.close();
      await container.get(BroadcastQueue).close();
      await container.get(Database).close();
    },
  };
}, GRACE_MS);
