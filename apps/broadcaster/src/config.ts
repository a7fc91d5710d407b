import { parseAmqpUrl } from '@sendback/adapter/amqp';
import { logLevel, pushVariables, readEnvironment, variable, wholeNumber } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod/mini';

const environment = z.object({
  DATABASE_URL: variable(parseDatabaseUrl),
  /** Where connections are pushed to whose record names no address of its own. */
  SENDBACK_URL: z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' }),
  ...pushVariables,
  /** `database:` is the durable queue in the database of `DATABASE_URL`. */
  QUEUE_URL: variable((value) => (value === 'database:' ? value : parseAmqpUrl(value))),
  /** Fixed for a deployment: all who use a queue must agree. */
  QUEUE_LANES: z._default(wholeNumber(1, 64), 8),
  /** Where /metrics, /healthz and /readyz are; 127.0.0.1 by default. */
  MONITORING_HOST: z.optional(z.string()),
  /** 0 is any free one; without it there is no listener. */
  MONITORING_PORT: z.optional(wholeNumber(0, 65_535)),
  LOG_LEVEL: logLevel('info'),
});

export type BroadcasterConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): BroadcasterConfig {
  return readEnvironment(environment, env);
}
