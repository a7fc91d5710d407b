export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the domain says what an operator wants to read at 3 a.m. Never throws, never blocks.
 * Field names are those of the contract (`connectionId`, `requestId`, `broadcastId`); an `error` field holds
 * the caught value. Secrets are never passed.
 */
export abstract class Log {
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract error(message: string, fields?: LogFields): void;
}
