import * as z from 'zod/mini';

/** What the operator has to mend before the process can start. The message is meant to be printed as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the environment variables that `schema` names. Schemas are of zod/mini: every function that starts loads it.
 * @throws ConfigError with one line for every variable that is missing or malformed; values are never repeated
 */
export function readEnvironment<T extends z.core.$ZodObject>(schema: T, env: NodeJS.ProcessEnv): z.output<T> {
  // An empty variable is how many platforms write one that is not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  // Read once: a parser of the schema's own would take longer to make than it saves.
  const result = z.safeParse(schema, given, { jitless: true });
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describe(issue, given)).join('\n'));
}

/** A variable that `parse` reads; what it throws says how the value should look, without repeating it. */
export function variable<T>(parse: (value: string) => T): Variable<T> {
  const read = z.transform((value: string, payload): T => {
    try {
      return parse(value);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      payload.issues.push({ code: 'custom', message, input: value });
      return z.NEVER;
    }
  });
  return z.pipe(z.string(), read);
}

/** A variable that holds a whole number. */
export function wholeNumber(least: number, most: number): Variable<number> {
  return variable((value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new Error(`must be a whole number from ${least} to ${most}`);
  });
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type Level = (typeof LEVELS)[number];

/** LOG_LEVEL of long-running apps. */
export function logLevel(byDefault: Level): z.ZodMiniDefault<Variable<Level>> {
  const read = (value: string): Level => {
    const level = LEVELS.find((name) => name === value);
    if (level) return level;
    throw new Error(`must be one of ${LEVELS.join(', ')}`);
  };
  return z._default(variable(read), byDefault);
}

type Variable<T> = z.ZodMiniPipe<z.ZodMiniString, z.ZodMiniTransform<T, string>>;

function describe({ path, message }: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const name = String(path[0]);
  return given[name] === undefined ? `${name} is missing` : `${name} is malformed: ${message}`;
}
