import { SigningSecret } from '@sendback/adapter/function';
import { readEnvironment, variable } from '@sendback/adapter/node';
import { cleanupEnvironment } from '@sendback/cleanup';
import { registerEnvironment } from '@sendback/register';
import { transferEnvironment } from '@sendback/transfer';
import * as z from 'zod';

/** The functions' own variables, and those of the host. */
export const environment = registerEnvironment
  .safeExtend(transferEnvironment.shape)
  .safeExtend(cleanupEnvironment.shape)
  .safeExtend({
    HOST: z.string().default('127.0.0.1'),
    /** 0 is any free one. */
    PORT: z.coerce.number({ error: 'must be a number' }).int().min(0).max(65_535).default(8090),
    /** Calls at once, of all functions together; further ones are refused with 503. */
    MAX_CONCURRENT: z.coerce.number({ error: 'must be a number' }).int().min(1).max(10_000).default(64),
    /** Comma-separated: while a secret is changed both are good. */
    FUNCTION_SECRET: variable(readSecrets).optional(),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  });

export type FunctionHostConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): FunctionHostConfig {
  return readEnvironment(environment, env);
}

function readSecrets(list: string): readonly SigningSecret[] {
  return list.split(',').map((secret) => new SigningSecret(secret.trim()));
}
