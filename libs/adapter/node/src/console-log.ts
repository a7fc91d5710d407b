import { Log, type LogFields } from '@sendback/domain/runtime';

/**
 * One JSON line an entry, as function platforms collect them from standard output. For functions: it costs nothing to
 * load. Long-running apps use adapter/pino.
 */
export class ConsoleLog extends Log {
  /** @param output where lines go: `process.stdout` */
  constructor(private readonly output: { write(line: string): unknown }) {
    super();
  }

  info(message: string, fields: LogFields = {}): void {
    this.line('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.line('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.line('error', message, fields);
  }

  private line(level: string, msg: string, fields: LogFields): void {
    const head = { level, time: new Date().toISOString(), msg };
    this.output.write(`${serialise(head, fields)}\n`);
  }
}

/** A log does not throw: what JSON cannot hold is left out. */
function serialise(head: LogFields, { error, ...fields }: LogFields): string {
  try {
    return JSON.stringify({ ...head, ...fields, ...(error !== undefined && { error: describe(error) }) });
  } catch {
    return JSON.stringify({ ...head, unserialisable: Object.keys(fields) });
  }
}

/** The chain of causes, at most this long. */
const MAX_CAUSES = 5;

function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error) || depth === MAX_CAUSES) return String(error);
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? { code: error.code } : {};
  return { name, ...code, message, stack, ...(cause !== undefined && { cause: describe(cause, depth + 1) }) };
}
