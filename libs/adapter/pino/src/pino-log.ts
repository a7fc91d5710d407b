import { Log, type LogFields } from '@sendback/domain/runtime';
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Writes one JSON line an entry to standard output (or to `destination`), `error` fields with code, stack and causes. */
export class PinoLog extends Log {
  private readonly logger: Logger;

  constructor(level: LogLevel, destination?: DestinationStream) {
    super();
    const options = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: stdSerializers.errWithCause },
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.logger = destination ? pino(options, destination) : pino(options);
  }

  info(message: string, fields: LogFields = {}): void {
    this.logger.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.logger.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.logger.error(fields, message);
  }
}
