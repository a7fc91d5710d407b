import { readEnvironment, variable } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod';

const environment = z.object({
  DATABASE_URL: variable(parseDatabaseUrl),
  /** The reverse push address that reaches the connections which this function records. */
  SENDBACK_URL: z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' }),
});

export type RegisterConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): RegisterConfig {
  return readEnvironment(environment, env);
}
