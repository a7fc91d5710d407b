import { logLevel, readEnvironment, wholeNumber } from '@sendback/adapter/node';
import * as z from 'zod/mini';

/** 0 is any free port. */
const port = wholeNumber(0, 65_535);

const environment = z.object({
  PORT: z._default(port, 8080),
  PUSH_PORT: z._default(port, 8081),
  API_PORT: z._default(port, 8082),
  /** Folder of the database files; made when it is missing. */
  DATA_DIR: z._default(z.string(), '.data'),
  LOG_LEVEL: logLevel('warn'),
});

export type StandaloneConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): StandaloneConfig {
  return readEnvironment(environment, env);
}
