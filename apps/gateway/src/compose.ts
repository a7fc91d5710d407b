import {
  meterRequests,
  MeteredNodeForwarder,
  Metrics,
  monitoringRoutes,
  watchCertificates,
  watchGateway,
} from '@sendback/adapter/monitoring';
import { CryptoIdSource, SealedConnectionIds, SystemClock } from '@sendback/adapter/node';
import { Database, TypeOrmSessionLedger } from '@sendback/adapter/typeorm';
import {
  HttpNodeForwarder,
  parsePush,
  PublicListener,
  type PublicListenerOptions,
  PushListener,
} from '@sendback/adapter/websocket';
import { Gateway, SessionLedger } from '@sendback/domain/gateway';
import { Clock, IdSource, Log } from '@sendback/domain/runtime';
import { Container } from 'inversify';
import { type ApiConfig, apiOf } from './apis';
import { apiSettings } from './config/api-schema';
import { type ServerSettings, serverSettings } from './config/gateway-schema';
import type { FunctionConfig } from './functions';
import { GatewayApp } from './gateway-app';
import { readinessOf } from './readiness';
import { Certificates } from './certificates';

export { type ApiConfig, apiSettings, type FunctionConfig, GatewayApp, serverSettings };

/** Of the ledger, when it is on MySQL. */
const POOL_SIZE = 10;

export interface GatewaySettings extends ServerSettings {
  readonly apis: readonly ApiConfig[];
  /** What functions of this machine see a little of. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called when another gateway has taken over this one's connections: the process should end. */
  readonly tenureLost: () => void;
  /** Plain HTTP routes beside the WebSocket ones. */
  readonly routes?: NonNullable<PublicListenerOptions['routes']>;
}

export function composeGateway(
  settings: GatewaySettings,
  log: Log,
  metrics = new Metrics('gateway'),
): Container {
  const { listen, reversePush, environment } = settings;
  const certificates = new Certificates(listen, reversePush);
  watchCertificates(() => certificates.chains, metrics);
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(Clock).toResolvedValue(() => new SystemClock());
  container.bind(IdSource).toResolvedValue(() => new CryptoIdSource());
  container.bind(Log).toConstantValue(log);
  container
    .bind(Database)
    .toResolvedValue(
      () => new Database(settings.database, { schema: 'gateway', migrate: true, poolSize: POOL_SIZE }),
    );
  container.bind(SessionLedger).toResolvedValue((database) => new TypeOrmSessionLedger(database), [Database]);
  container.bind(HttpNodeForwarder).toResolvedValue(() => {
    const [token] = reversePush.tokens;
    const { nodes: tls } = certificates;
    return new HttpNodeForwarder({ ...(token !== undefined && { token }), ...(tls && { tls }) });
  });
  container.bind(Gateway).toResolvedValue(
    async (ledger, forwarder, clock, ids, log) => {
      const parts = { ledger, clock, ids, metrics, log, environment };
      const connectionIds = new SealedConnectionIds(await ledger.secret('connection ids', ids.hex(32)));
      const gateway = new Gateway({
        apis: await Promise.all(settings.apis.map((api) => apiOf(api, parts))),
        ledger,
        clock,
        ids,
        log,
        limits: {
          maxConnections: settings.maxConnections,
          outboxBytes: settings.outboxBytes,
          heartbeatMs: settings.heartbeat * 1_000,
          frameWindowMs: settings.frameWindow,
        },
        parsePush,
        nodes: { connectionIds, forwarder: new MeteredNodeForwarder(forwarder, metrics) },
        tenureLost: settings.tenureLost,
      });
      watchGateway(gateway, metrics);
      return gateway;
    },
    [SessionLedger, HttpNodeForwarder, Clock, IdSource, Log],
  );
  container.bind(PublicListener).toResolvedValue(
    (gateway, log) =>
      new PublicListener({
        gateway,
        log,
        host: listen.host,
        port: listen.port,
        trustProxy: listen.trustProxy,
        maxMessageBytes: settings.maxMessageBytes,
        compression: settings.compression,
        ...(certificates.clients && { tls: certificates.clients }),
        ...(settings.routes && { routes: settings.routes }),
      }),
    [Gateway, Log],
  );
  container.bind(PushListener).toResolvedValue(
    (gateway, database, log) =>
      new PushListener({
        gateway,
        log,
        host: reversePush.host,
        port: reversePush.port,
        tokens: reversePush.tokens,
        ...(certificates.pushes && { tls: certificates.pushes }),
        routes: (app) => {
          meterRequests(app, metrics);
          monitoringRoutes({ metrics, ready: readinessOf(gateway, database) })(app);
        },
      }),
    [Gateway, Database, Log],
  );
  container
    .bind(GatewayApp)
    .toResolvedValue(
      (gateway, publicListener, pushListener, forwarder, database) =>
        new GatewayApp(
          { gateway, publicListener, pushListener, forwarder, database, certificates },
          listen,
          reversePush,
          settings.drainWindow * 1_000,
        ),
      [Gateway, PublicListener, PushListener, HttpNodeForwarder, Database],
    );
  return container;
}
