import { parseAmqpUrl } from '@sendback/adapter/amqp';
import { pushVariables, readEnvironment, variable, wholeNumber } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod/mini';

export const transferEnvironment = z.object({
  DATABASE_URL: variable(parseDatabaseUrl),
  /** The reverse push address over which clients are answered. */
  SENDBACK_URL: z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' }),
  ...pushVariables,
  /** `database:` is the durable queue in the database of `DATABASE_URL`. */
  QUEUE_URL: variable((value) => (value === 'database:' ? value : parseAmqpUrl(value))),
  /** Fixed for a deployment: all who use a queue must agree. */
  QUEUE_LANES: z._default(wholeNumber(1, 64), 8),
});

export interface TransferConfig extends z.output<typeof transferEnvironment> {
  /** Connections to MySQL at most; 2 by default, as an instance of a function serves one event at a time. */
  readonly poolSize?: number;
}

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): TransferConfig {
  return readEnvironment(transferEnvironment, env);
}
