import { AmqpBroadcastQueue } from '@sendback/adapter/amqp';
import { HttpPusher } from '@sendback/adapter/http-push';
import { CryptoIdSource, pushSecrets, SystemClock } from '@sendback/adapter/node';
import { TransferHandler } from '@sendback/adapter/scf';
import {
  Database,
  TypeOrmBroadcastQueue,
  TypeOrmConnectionStore,
  TypeOrmDeadLetterStore,
} from '@sendback/adapter/typeorm';
import { ConnectionStore } from '@sendback/domain/connection';
import {
  AcceptBroadcast,
  BroadcastAction,
  BroadcastQueue,
  ClientAction,
  DeadLetterStore,
  JoinAction,
  LeaveAction,
  OnlineAction,
  PublishAction,
  Pusher,
  RouteClientMessage,
  SendAction,
  WhoamiAction,
} from '@sendback/domain/messaging';
import { Clock, IdSource, Log } from '@sendback/domain/runtime';
import { Container } from 'inversify';
import type { TransferConfig } from './config';

export { transferEnvironment } from './config';

const POOL_SIZE = 2;

export function composeTransfer(config: TransferConfig, log: Log): Container {
  const { poolSize = POOL_SIZE } = config;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toResolvedValue(() => new SystemClock());
  container.bind(IdSource).toResolvedValue(() => new CryptoIdSource());
  container.bind(Log).toConstantValue(log);
  container
    .bind(Database)
    .toResolvedValue(
      () => new Database(config.DATABASE_URL, { schema: 'application', migrate: true, poolSize }),
    );
  container
    .bind(ConnectionStore)
    .toResolvedValue((database) => new TypeOrmConnectionStore(database), [Database]);
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
    .bind(AcceptBroadcast)
    .toResolvedValue((queue, clock) => new AcceptBroadcast(queue, clock), [BroadcastQueue, Clock]);

  container
    .bind(ClientAction)
    .toResolvedValue((broadcasts) => new BroadcastAction(broadcasts), [AcceptBroadcast]);
  container
    .bind(ClientAction)
    .toResolvedValue((connections, pusher) => new SendAction(connections, pusher), [ConnectionStore, Pusher]);
  container
    .bind(ClientAction)
    .toResolvedValue((connections) => new JoinAction(connections), [ConnectionStore]);
  container
    .bind(ClientAction)
    .toResolvedValue((connections) => new LeaveAction(connections), [ConnectionStore]);
  container
    .bind(ClientAction)
    .toResolvedValue((broadcasts) => new PublishAction(broadcasts), [AcceptBroadcast]);
  container.bind(ClientAction).toResolvedValue(() => new WhoamiAction());
  container
    .bind(ClientAction)
    .toResolvedValue((connections) => new OnlineAction(connections), [ConnectionStore]);

  container
    .bind(RouteClientMessage)
    .toResolvedValue(
      (actions: ClientAction[], broadcasts: AcceptBroadcast, pusher: Pusher, log: Log) =>
        new RouteClientMessage(actions, broadcasts, pusher, log),
      [{ serviceIdentifier: ClientAction, isMultiple: true }, AcceptBroadcast, Pusher, Log],
    );
  container
    .bind(TransferHandler)
    .toResolvedValue(
      (routeClientMessage, ids, log) => new TransferHandler(routeClientMessage, ids, log),
      [RouteClientMessage, IdSource, Log],
    );
  return container;
}
