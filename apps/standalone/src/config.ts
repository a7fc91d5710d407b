import { readEnvironment } from '@sendback/adapter/node';
import * as z from 'zod';

/** 0 is any free port. */
const port = z.coerce.number({ error: 'must be a number' }).int().min(0).max(65_535);

const environment = z.object({
  PORT: port.default(8080),
  PUSH_PORT: port.default(8081),
  API_PORT: port.default(8082),
  /** Folder of the database files; made when it is missing. */
  DATA_DIR: z.string().default('.data'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
});

export type StandaloneConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): StandaloneConfig {
  return readEnvironment(environment, env);
}
