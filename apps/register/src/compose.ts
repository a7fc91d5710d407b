import 'reflect-metadata';
import { SystemClock } from '@sendback/adapter/node';
import { RegistrationHandler } from '@sendback/adapter/scf';
import { Database, TypeOrmConnectionStore } from '@sendback/adapter/typeorm';
import { AllowEveryone, ConnectionStore, ConnectPolicy, OpenConnection } from '@sendback/domain/connection';
import { Clock, Log } from '@sendback/domain/runtime';
import { Container } from 'inversify';
import type { RegisterConfig } from './config';

export { registerEnvironment } from './config';

const POOL_SIZE = 2;

export function composeRegister(config: RegisterConfig, log: Log): Container {
  const { poolSize = POOL_SIZE } = config;
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toResolvedValue(() => new SystemClock());
  container.bind(Log).toConstantValue(log);
  container
    .bind(Database)
    .toResolvedValue(
      () => new Database(config.DATABASE_URL, { schema: 'application', migrate: true, poolSize }),
    );
  container
    .bind(ConnectionStore)
    .toResolvedValue((database) => new TypeOrmConnectionStore(database), [Database]);
  container.bind(ConnectPolicy).toResolvedValue(() => new AllowEveryone());
  container
    .bind(OpenConnection)
    .toResolvedValue(
      (policy, connections, clock) => new OpenConnection(policy, connections, clock, config.SENDBACK_URL),
      [ConnectPolicy, ConnectionStore, Clock],
    );
  container
    .bind(RegistrationHandler)
    .toResolvedValue(
      (openConnection, log) => new RegistrationHandler(openConnection, log),
      [OpenConnection, Log],
    );
  return container;
}
