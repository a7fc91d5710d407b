import { readEnvironment, variable } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod/mini';

export const cleanupEnvironment = z.object({ DATABASE_URL: variable(parseDatabaseUrl) });

export interface CleanupConfig extends z.output<typeof cleanupEnvironment> {
  /** Connections to MySQL at most; 2 by default, as an instance of a function serves one event at a time. */
  readonly poolSize?: number;
}

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): CleanupConfig {
  return readEnvironment(cleanupEnvironment, env);
}
