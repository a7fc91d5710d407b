import { Log, type LogFields } from './log.port';

/** Keeps what was logged, for specs to look at. */
export class MemoryLog extends Log {
  readonly entries: { level: 'info' | 'warn' | 'error'; message: string; fields: LogFields }[] = [];

  info(message: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'info', message, fields });
  }

  warn(message: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'warn', message, fields });
  }

  error(message: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'error', message, fields });
  }
}
