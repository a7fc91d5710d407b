import { readEnvironment, variable } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod';

export const registerEnvironment = z.object({
  DATABASE_URL: variable(parseDatabaseUrl),
  /** The reverse push address that reaches the connections which this function records. */
  SENDBACK_URL: z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' }),
});

export interface RegisterConfig extends z.output<typeof registerEnvironment> {
  /** Connections to MySQL at most; 2 by default, as an instance of a function serves one event at a time. */
  readonly poolSize?: number;
}

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): RegisterConfig {
  return readEnvironment(registerEnvironment, env);
}
