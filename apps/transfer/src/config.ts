import { readEnvironment, variable } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod';

const environment = z.object({
  DATABASE_URL: variable(parseDatabaseUrl),
  /** The reverse push address over which clients are answered. */
  SENDBACK_URL: z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' }),
  /** `database:` is the durable queue in the database of `DATABASE_URL`. */
  QUEUE_URL: z.literal('database:', { error: 'must be database:' }),
});

export type TransferConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): TransferConfig {
  return readEnvironment(environment, env);
}
