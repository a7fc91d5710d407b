import { SigningSecret } from '@sendback/adapter/function';
import { logLevel, readEnvironment, variable, wholeNumber } from '@sendback/adapter/node';
import { cleanupEnvironment } from '@sendback/cleanup';
import { registerEnvironment } from '@sendback/register';
import { transferEnvironment } from '@sendback/transfer';
import * as z from 'zod/mini';

/** The functions' own variables, and those of the host. */
export const environment = z.safeExtend(registerEnvironment, {
  ...transferEnvironment.shape,
  ...cleanupEnvironment.shape,
  HOST: z._default(z.string(), '127.0.0.1'),
  /** 0 is any free one. */
  PORT: z._default(wholeNumber(0, 65_535), 8090),
  /** Calls at once, of all functions together; further ones are refused with 503. */
  MAX_CONCURRENT: z._default(wholeNumber(1, 10_000), 64),
  /** Comma-separated: while a secret is changed both are good. */
  FUNCTION_SECRET: z.optional(variable(readSecrets)),
  LOG_LEVEL: logLevel('info'),
});

export type FunctionHostConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): FunctionHostConfig {
  return readEnvironment(environment, env);
}

function readSecrets(list: string): readonly SigningSecret[] {
  return list.split(',').map((secret) => new SigningSecret(secret.trim()));
}
