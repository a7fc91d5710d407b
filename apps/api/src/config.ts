import { parseAmqpUrl } from '@sendback/adapter/amqp';
import { logLevel, pushVariables, readEnvironment, variable, wholeNumber } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod/mini';

const environment = z.object({
  DATABASE_URL: variable(parseDatabaseUrl),
  /** Over which connections are closed whose record names no address of its own. */
  SENDBACK_URL: z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' }),
  ...pushVariables,
  /** `database:` is the durable queue in the database of `DATABASE_URL`. */
  QUEUE_URL: variable((value) => (value === 'database:' ? value : parseAmqpUrl(value))),
  /** Fixed for a deployment: all who use a queue must agree. */
  QUEUE_LANES: z._default(wholeNumber(1, 64), 8),
  HOST: z._default(z.string(), '127.0.0.1'),
  /** 0 is any free port. */
  PORT: z._default(wholeNumber(0, 65_535), 8070),
  /** Bearer tokens, separated by commas. */
  API_TOKENS: variable(parseTokens),
  LOG_LEVEL: logLevel('info'),
});

export type ApiConfig = z.output<typeof environment>;

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): ApiConfig {
  return readEnvironment(environment, env);
}

function parseTokens(value: string): readonly string[] {
  const tokens = value.split(',').map((token) => token.trim());
  if (tokens.every((token) => /^[\x21-\x7e]{16,512}$/.test(token))) return tokens;
  throw new Error('must be tokens of 16 to 512 printable characters each, separated by commas');
}
