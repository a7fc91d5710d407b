import { readFileSync } from 'node:fs';
import { ConfigError, readEnvironment } from '@sendback/adapter/node';
import type { LogLevel } from '@sendback/adapter/pino';
import { parse } from 'yaml';
import * as z from 'zod';
import { type GatewayConfig, gatewayConfig } from './gateway-schema';

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

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
