import { readEnvironment, variable } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod/mini';

const environment = z.object({ DATABASE_URL: variable(parseDatabaseUrl) });

export type MigrateConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): MigrateConfig {
  return readEnvironment(environment, env);
}
