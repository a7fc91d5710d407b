import { AmqpBroadcastQueue } from '@sendback/adapter/amqp';
import { HttpPusher } from '@sendback/adapter/http-push';
import {
  MeteredBroadcastLedger,
  MeteredBroadcastQueue,
  MeteredPusher,
  Metrics,
  MonitoringListener,
  watchQueueDepth,
} from '@sendback/adapter/monitoring';
import { pushSecrets, SystemClock } from '@sendback/adapter/node';
import {
  Database,
  TypeOrmBroadcastLedger,
  TypeOrmBroadcastQueue,
  TypeOrmConnectionStore,
  TypeOrmDeadLetterStore,
} from '@sendback/adapter/typeorm';
import { ConnectionStore, StorageUnavailable } from '@sendback/domain/connection';
import {
  Broadcaster,
  BroadcastLedger,
  BroadcastQueue,
  DeadLetterStore,
  FanOut,
  Pusher,
} from '@sendback/domain/messaging';
import { Clock, Log } from '@sendback/domain/runtime';
import { Container } from 'inversify';
import type { BroadcasterConfig } from './config';

export function composeBroadcaster(
  config: BroadcasterConfig,
  log: Log,
  metrics = new Metrics('broadcaster'),
): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toResolvedValue(() => new SystemClock());
  container.bind(Log).toConstantValue(log);
  container
    .bind(Database)
    .toResolvedValue(() => new Database(config.DATABASE_URL, { schema: 'application', migrate: true }));
  container
    .bind(ConnectionStore)
    .toResolvedValue((database) => new TypeOrmConnectionStore(database), [Database]);
  container
    .bind(BroadcastLedger)
    .toResolvedValue((database) => new TypeOrmBroadcastLedger(database), [Database]);
  container
    .bind(DeadLetterStore)
    .toResolvedValue((database) => new TypeOrmDeadLetterStore(database), [Database]);
  container.bind(BroadcastQueue).toResolvedValue(
    (database, deadLetters, clock, log) => {
      const { QUEUE_URL: url, QUEUE_LANES: lanes } = config;
      return url === 'database:'
        ? new TypeOrmBroadcastQueue(database, { lanes, clock, log })
        : new AmqpBroadcastQueue({ url, lanes, deadLetters, clock, log });
    },
    [Database, DeadLetterStore, Clock, Log],
  );
  container
    .bind(Pusher)
    .toResolvedValue(
      (clock, log) =>
        new HttpPusher({ defaultAddress: config.SENDBACK_URL, credentials: pushSecrets(config), clock, log }),
      [Clock, Log],
    );
  container
    .bind(FanOut)
    .toResolvedValue(
      (connections, pusher, ledger, log, queue) => new FanOut(connections, pusher, ledger, log, queue.lanes),
      [ConnectionStore, Pusher, BroadcastLedger, Log, BroadcastQueue],
    );
  container
    .bind(Broadcaster)
    .toResolvedValue(
      (queue, fanOut, ledger, clock, log) => new Broadcaster(queue, fanOut, ledger, clock, log),
      [BroadcastQueue, FanOut, BroadcastLedger, Clock, Log],
    );
  meter(container, metrics);
  monitor(container, metrics, config);
  return container;
}

function meter(container: Container, metrics: Metrics): void {
  container.onActivation(BroadcastQueue, (context, queue) => {
    watchQueueDepth(queue, context.get(Clock), metrics);
    return new MeteredBroadcastQueue(queue, metrics);
  });
  container.onActivation(Pusher, (_, pusher) => new MeteredPusher(pusher, metrics));
  container.onActivation(
    BroadcastLedger,
    (context, ledger) => new MeteredBroadcastLedger(ledger, context.get(Clock), metrics),
  );
}

/** The listener is bound only when it is asked for. */
function monitor(container: Container, metrics: Metrics, config: BroadcasterConfig): void {
  const { MONITORING_HOST: host = '127.0.0.1', MONITORING_PORT: port } = config;
  if (port === undefined) return;
  container.bind(MonitoringListener).toResolvedValue(
    (queue, database) => {
      const storage = database.access(StorageUnavailable);
      const ready = {
        database: () => storage.run(({ rows }) => rows('SELECT 1')),
        queue: () => queue.depth(),
      };
      return new MonitoringListener({ host, port, metrics, ready });
    },
    [BroadcastQueue, Database],
  );
}
