import * as z from 'zod';

/** What the operator has to mend before the process can start. The message is meant to be printed as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the environment variables that `schema` names.
 * @throws ConfigError with one line for every variable that is missing or malformed; values are never repeated
 */
export function readEnvironment<T extends z.ZodObject>(schema: T, env: NodeJS.ProcessEnv): z.output<T> {
  // An empty variable is how many platforms write one that is not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describe(issue, given)).join('\n'));
}

/** A variable that `parse` reads; what it throws says how the value should look, without repeating it. */
export function variable<T>(parse: (value: string) => T): z.ZodPipe<z.ZodString, z.ZodTransform<T, string>> {
  return z.string().transform((value, context) => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

function describe({ path, message }: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const name = String(path[0]);
  return given[name] === undefined ? `${name} is missing` : `${name} is malformed: ${message}`;
}
