import { readFileSync } from 'node:fs';
import { ConfigError, readEnvironment, variable } from '@sendback/adapter/node';
import type { LogLevel } from '@sendback/adapter/pino';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import {
  DEFAULT_BACKEND_TIMEOUT_SECONDS,
  DEFAULT_FUNCTION_TIMEOUT_MS,
  DEFAULT_LIMITS,
} from '@sendback/domain/gateway';
import { parse } from 'yaml';
import * as z from 'zod';

const port = z.int().min(0).max(65_535);
const seconds = z.number().positive().max(86_400);

const functionUrl = z
  .url({ protocol: /^https?$/, error: 'must be http://… or https://…' })
  .refine(isPercentEncoded, 'user and password must be percent-encoded');

const functionUrls = z.array(functionUrl).min(1).max(64);

const functionConfig = z.strictObject({
  /**
   * Gets the event as the body of a POST, answers with its return value as JSON and status 200. Several URLs are hosts
   * of the same function.
   */
  url: z.unknown().transform((url, context): readonly string[] => {
    const result = Array.isArray(url) ? functionUrls.safeParse(url) : functionUrl.safeParse(url);
    if (result.success) return [result.data].flat();
    context.issues.push(
      ...result.error.issues.map((issue) => ({ ...issue, code: 'custom' as const, input: url })),
    );
    return z.NEVER;
  }),
  timeout: seconds.default(DEFAULT_FUNCTION_TIMEOUT_MS / 1_000),
});

const apiConfig = z.strictObject({
  /** The secret part of the reverse push address; made at the first start and kept where it is left out. */
  id: z
    .string()
    .regex(/^api-[0-9a-f]{32,64}$/, 'must be "api-" and 32 to 64 hexadecimal digits')
    .optional(),
  serviceName: z.string().regex(/^[A-Za-z0-9_]{1,50}$/, 'must be 1 to 50 letters, digits and underscores'),
  stage: z.enum(['release', 'prepub', 'test']).default('release'),
  path: z
    .string()
    .regex(/^(\/[A-Za-z0-9._~-]+)+$/, 'must be /segment or /several/segments')
    .default('/websocket'),
  backendTimeout: seconds.default(DEFAULT_BACKEND_TIMEOUT_SECONDS),
  functions: z.strictObject({
    register: functionConfig.optional(),
    transfer: functionConfig,
    cleanup: functionConfig.optional(),
  }),
});

const gatewayConfig = z.strictObject({
  listen: z.strictObject({ host: z.string().default('0.0.0.0'), port: port.default(8080) }).prefault({}),
  reversePush: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8081) })
    .prefault({}),
  database: variable(parseDatabaseUrl).prefault('sqlite:.data/gateway.db'),
  maxMessageBytes: z
    .int()
    .min(1)
    .max(16 * 1024 * 1024)
    .default(1024 * 1024),
  maxConnections: z.int().min(1).default(DEFAULT_LIMITS.maxConnections),
  apis: z.array(apiConfig).min(1).superRefine(areDifferent),
});

export type GatewayConfig = z.infer<typeof gatewayConfig>;

const environment = z.object({
  GATEWAY_CONFIG: z.string().default('gateway.yaml'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/**
 * Reads the file that `GATEWAY_CONFIG` names (`gateway.yaml` by default).
 * @throws ConfigError with a line for every field that is missing, unknown or malformed
 */
export function readConfig(env: NodeJS.ProcessEnv): { config: GatewayConfig; logLevel: LogLevel } {
  const { GATEWAY_CONFIG: file, LOG_LEVEL: logLevel } = readEnvironment(environment, env);
  return { config: parseConfig(file, readFile(file)), logLevel };
}

/** @param file names the source in error messages */
export function parseConfig(file: string, yaml: string): GatewayConfig {
  const result = gatewayConfig.safeParse(parseYaml(file, yaml));
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    ({ path, message }) => `${file}: ${path.join('.') || 'the file'}: ${message}`,
  );
  throw new ConfigError(lines.join('\n'));
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`GATEWAY_CONFIG: cannot read ${file}: ${reasonOf(cause)}`, { cause });
  }
}

function parseYaml(file: string, yaml: string): unknown {
  try {
    // Pretty errors quote the lines around: a secret may stand there.
    return parse(yaml, { prettyErrors: false });
  } catch (cause) {
    throw new ConfigError(`${file}: not YAML: ${reasonOf(cause)}`, { cause });
  }
}

function isPercentEncoded(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function areDifferent(apis: readonly z.infer<typeof apiConfig>[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { id, stage, path }] of apis.entries()) {
    const url = `/${stage}${path}`;
    if (seen.has(url))
      context.addIssue({ code: 'custom', path: [index, 'path'], message: `${url} is there twice` });
    if (id && seen.has(id))
      context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is there twice' });
    seen.add(url).add(id ?? url);
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
