import { JwtConnectPolicy } from '@sendback/adapter/jwt';
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
  container.bind(ConnectPolicy).toResolvedValue((clock) => connectPolicy(config, clock), [Clock]);
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

function connectPolicy(config: RegisterConfig, clock: Clock): ConnectPolicy {
  const keys = config.JWT_SECRET ?? config.JWT_PUBLIC_KEY ?? config.JWT_JWKS_URL;
  if (!keys) return new AllowEveryone();
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_USER_CLAIM: userClaim } = config;
  return new JwtConnectPolicy({ keys, issuer, audience, userClaim }, clock);
}
