import { CleanupHandler } from '@sendback/adapter/scf';
import { Database, TypeOrmConnectionStore } from '@sendback/adapter/typeorm';
import { CloseConnection, ConnectionStore } from '@sendback/domain/connection';
import { Log } from '@sendback/domain/runtime';
import { Container } from 'inversify';
import type { CleanupConfig } from './config';

export { cleanupEnvironment } from './config';

const POOL_SIZE = 2;

export function composeCleanup(config: CleanupConfig, log: Log): Container {
  const { poolSize = POOL_SIZE } = config;
  const container = new Container({ defaultScope: 'Singleton' });
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
    .bind(CloseConnection)
    .toResolvedValue((connections) => new CloseConnection(connections), [ConnectionStore]);
  container
    .bind(CleanupHandler)
    .toResolvedValue(
      (closeConnection, log) => new CleanupHandler(closeConnection, log),
      [CloseConnection, Log],
    );
  return container;
}
