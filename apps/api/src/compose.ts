import { AmqpBroadcastQueue } from '@sendback/adapter/amqp';
import { HttpApi, type HttpApiOptions } from '@sendback/adapter/http-api';
import { HttpPusher } from '@sendback/adapter/http-push';
import {
  MeteredBroadcastQueue,
  MeteredPusher,
  meterRequests,
  Metrics,
  monitoringRoutes,
} from '@sendback/adapter/monitoring';
import { CryptoIdSource, pushSecrets, SystemClock } from '@sendback/adapter/node';
import {
  Database,
  TypeOrmBroadcastLedger,
  TypeOrmBroadcastQueue,
  TypeOrmConnectionStore,
  TypeOrmDeadLetterStore,
} from '@sendback/adapter/typeorm';
import { ConnectionStore, StorageUnavailable } from '@sendback/domain/connection';
import {
  AcceptBroadcast,
  BroadcastLedger,
  BroadcastQueue,
  DeadLetterStore,
  DisconnectClient,
  ProduceBroadcast,
  Pusher,
  RequeueDeadLetter,
} from '@sendback/domain/messaging';
import { Clock, IdSource, Log } from '@sendback/domain/runtime';
import { Container } from 'inversify';
import type { ApiConfig } from './config';

export { HttpApi };

/** Closing a connection fails in less than the 5 seconds in which every request is answered. */
const PUSH_DEADLINE_MS = 2_000;

export type ApiSettings = Omit<ApiConfig, 'LOG_LEVEL'>;

export function composeApi(config: ApiSettings, log: Log, metrics = new Metrics('api')): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toResolvedValue(() => new SystemClock());
  container.bind(IdSource).toResolvedValue(() => new CryptoIdSource());
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
  container.bind(Pusher).toResolvedValue(
    (clock, log) =>
      new HttpPusher({
        defaultAddress: config.SENDBACK_URL,
        credentials: pushSecrets(config),
        deadlineMs: PUSH_DEADLINE_MS,
        clock,
        log,
      }),
    [Clock, Log],
  );

  container
    .bind(AcceptBroadcast)
    .toResolvedValue((queue, clock) => new AcceptBroadcast(queue, clock), [BroadcastQueue, Clock]);
  container
    .bind(ProduceBroadcast)
    .toResolvedValue(
      (broadcasts, ledger, clock, queue) => new ProduceBroadcast(broadcasts, ledger, clock, queue.lanes),
      [AcceptBroadcast, BroadcastLedger, Clock, BroadcastQueue],
    );
  container
    .bind(DisconnectClient)
    .toResolvedValue(
      (connections, pusher) => new DisconnectClient(connections, pusher),
      [ConnectionStore, Pusher],
    );
  container
    .bind(RequeueDeadLetter)
    .toResolvedValue(
      (deadLetters, ledger, queue) => new RequeueDeadLetter(deadLetters, ledger, queue),
      [DeadLetterStore, BroadcastLedger, BroadcastQueue],
    );
  container.bind(HttpApi).toResolvedValue(
    (
      produceBroadcast,
      broadcasts,
      connections,
      disconnectClient,
      deadLetters,
      requeueDeadLetter,
      ids,
      log,
      database,
      queue,
    ) =>
      new HttpApi({
        produceBroadcast,
        broadcasts,
        connections,
        disconnectClient,
        deadLetters,
        requeueDeadLetter,
        ids,
        log,
        tokens: config.API_TOKENS,
        host: config.HOST,
        port: config.PORT,
        routes: monitoring(metrics, database, queue),
      }),
    [
      ProduceBroadcast,
      BroadcastLedger,
      ConnectionStore,
      DisconnectClient,
      DeadLetterStore,
      RequeueDeadLetter,
      IdSource,
      Log,
      Database,
      BroadcastQueue,
    ],
  );
  container.onActivation(BroadcastQueue, (_, queue) => new MeteredBroadcastQueue(queue, metrics));
  container.onActivation(Pusher, (_, pusher) => new MeteredPusher(pusher, metrics));
  return container;
}

/** Requests are measured, and /metrics, /healthz and /readyz are there without a token. */
function monitoring(
  metrics: Metrics,
  database: Database,
  queue: BroadcastQueue,
): NonNullable<HttpApiOptions['routes']> {
  const storage = database.access(StorageUnavailable);
  const ready = {
    database: () => storage.run(({ rows }) => rows('SELECT 1')),
    queue: () => queue.depth(),
  };
  return (app) => {
    meterRequests(app, metrics);
    monitoringRoutes({ metrics, ready })(app);
  };
}
