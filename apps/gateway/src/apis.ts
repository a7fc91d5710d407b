import { KeyPairAuthenticator } from '@sendback/adapter/key-pair';
import { type CalledFunction, MeteredFunctionInvoker, type Metrics } from '@sendback/adapter/monitoring';
import { type Api, type ApiFunction, newApiId, type SessionLedger } from '@sendback/domain/gateway';
import type { Clock, IdSource } from '@sendback/domain/runtime';
import type { ApiSettings } from './config/api-schema';
import { type FunctionConfig, type FunctionHost, invokerOf } from './functions';

export interface ApiConfig extends ApiSettings {
  readonly functions: {
    readonly register?: FunctionConfig | undefined;
    readonly transfer: FunctionConfig;
    readonly cleanup?: FunctionConfig | undefined;
  };
}

interface ApiParts extends FunctionHost {
  readonly ledger: SessionLedger;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly metrics: Metrics;
}

/** An API as the gateway takes it. Its id is the one that is configured, or that the ledger has kept for its name. */
export async function apiOf(config: ApiConfig, parts: ApiParts): Promise<Api> {
  const { serviceName, stage, path, auth, allowedOrigins, backendTimeout, functions } = config;
  const { register, transfer, cleanup } = functions;
  const { ledger, clock, ids, metrics } = parts;
  const api = `/${stage}${path}`;
  const metered = (config: FunctionConfig, name: CalledFunction['function']): ApiFunction => ({
    invoker: new MeteredFunctionInvoker(invokerOf(config, name, parts), { api, function: name }, metrics),
    timeoutMs: config.timeout * 1_000,
  });
  return {
    id: config.id ?? (await ledger.secret(`${serviceName}${api}`, newApiId(ids))),
    serviceName,
    stage,
    path,
    ...(auth.type === 'keyPair' && {
      authenticator: new KeyPairAuthenticator({ keys: auth.keys, now: () => clock.now() }),
    }),
    ...(allowedOrigins && { allowedOrigins }),
    backendTimeoutSeconds: backendTimeout,
    integrationResponse: config.integrationResponse,
    handOversAtOnce: config.handOversAtOnce,
    limits: config.limits,
    functions: {
      ...(register && { register: metered(register, 'register') }),
      transfer: metered(transfer, 'transfer'),
      ...(cleanup && { cleanup: metered(cleanup, 'cleanup') }),
    },
  };
}
