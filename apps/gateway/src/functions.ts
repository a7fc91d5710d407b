import { resolve } from 'node:path';
import {
  type FunctionHandler,
  HttpFunctionInvoker,
  InProcessFunctionInvoker,
  RoundRobinFunctionInvoker,
} from '@sendback/adapter/function';
import { ConfigError } from '@sendback/adapter/node';
import { ModuleFunctionInvoker, PythonFunctionInvoker } from '@sendback/adapter/process';
import { TencentScfInvoker } from '@sendback/adapter/tencent-scf';
import type { FunctionInvoker } from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import type { FunctionConfig as ConfiguredFunction } from './config/function-schema';

/** A function of an API: one that the configuration names, or one of this process. */
export type FunctionConfig =
  ConfiguredFunction | { readonly handler: FunctionHandler; readonly timeout: number };

/** What functions need of the process that calls them. */
export interface FunctionHost {
  readonly log: Log;
  /** The environment, of which a function sees PATH and the like; credentials of Tencent Cloud come from it. */
  readonly environment: NodeJS.ProcessEnv;
}

/** @param name in its context and in the log */
export function invokerOf(config: FunctionConfig, name: string, host: FunctionHost): FunctionInvoker {
  if ('handler' in config) return new InProcessFunctionInvoker(config.handler, name);
  if ('url' in config) {
    const { secret } = config;
    const hosts = config.url.map((url) => new HttpFunctionInvoker({ url, ...(secret && { secret }) }));
    return new RoundRobinFunctionInvoker(hosts);
  }
  if ('scf' in config) return scf(config, host);
  const { memory: memoryMb, environment, processes, workingDirectory, watch } = config;
  const options = {
    name,
    environment,
    hostEnvironment: host.environment,
    memoryMb,
    processes,
    watch,
    log: host.log,
    ...(workingDirectory !== undefined && { workingDirectory: resolve(workingDirectory) }),
  };
  if ('module' in config) return new ModuleFunctionInvoker({ ...options, file: resolve(config.module) });
  const { python, interpreter } = config;
  return new PythonFunctionInvoker({ ...options, file: resolve(python), interpreter });
}

/** @throws ConfigError without credentials in the environment */
function scf(
  { scf: functionName, region, namespace, qualifier, endpoint }: Extract<ConfiguredFunction, { scf: string }>,
  { environment }: FunctionHost,
): FunctionInvoker {
  const needed = (name: string): string => {
    const value = environment[name];
    if (!value) throw new ConfigError(`${name} is missing: ${functionName} is a function of Tencent Cloud`);
    return value;
  };
  const token = environment['TENCENTCLOUD_TOKEN'];
  return new TencentScfInvoker({
    secretId: needed('TENCENTCLOUD_SECRET_ID'),
    secretKey: needed('TENCENTCLOUD_SECRET_KEY'),
    ...(token && { token }),
    functionName,
    region,
    namespace,
    qualifier,
    ...(endpoint !== undefined && { endpoint }),
  });
}
