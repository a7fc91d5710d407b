import { parseJwksUrl, parsePublicKey, parseSecret } from '@sendback/adapter/jwt';
import { readEnvironment, variable } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import * as z from 'zod/mini';

const KEYS = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'] as const;
const CLAIMS = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_USER_CLAIM'] as const;

export const registerEnvironment = z
  .object({
    DATABASE_URL: variable(parseDatabaseUrl),
    /** The reverse push address that reaches the connections which this function records. */
    SENDBACK_URL: z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' }),
    /** With one of these three, clients must show a token; without, everybody may connect. */
    JWT_SECRET: z.optional(variable(parseSecret)),
    JWT_PUBLIC_KEY: z.optional(variable(parsePublicKey)),
    JWT_JWKS_URL: z.optional(variable(parseJwksUrl)),
    /** What `iss` and `aud` of tokens must be. */
    JWT_ISSUER: z.optional(z.string()),
    JWT_AUDIENCE: z.optional(z.string()),
    /** Names the user; `sub` by default. */
    JWT_USER_CLAIM: z.optional(z.string()),
  })
  .check(z.superRefine(haveOneKey));

export interface RegisterConfig extends z.output<typeof registerEnvironment> {
  /** Connections to MySQL at most; 2 by default, as an instance of a function serves one event at a time. */
  readonly poolSize?: number;
}

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): RegisterConfig {
  return readEnvironment(registerEnvironment, env);
}

/** Claims that are configured without a key would look as if tokens were checked. */
function haveOneKey(
  environment: Readonly<Partial<Record<(typeof KEYS | typeof CLAIMS)[number], unknown>>>,
  context: z.core.$RefinementCtx,
): void {
  const reject = (name: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [name], message });
  const keys = KEYS.filter((name) => environment[name] !== undefined);
  const claims = CLAIMS.filter((name) => environment[name] !== undefined);
  const all = KEYS.join(', ');
  for (const name of keys.slice(1)) reject(name, `only one of ${all} may be set`);
  if (keys.length === 0) for (const name of claims) reject(name, `needs one of ${all}`);
}
