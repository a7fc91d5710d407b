export { Clock, type Timer } from './clock.port';
export { DomainError } from './domain-error';
export { IdSource } from './id-source.port';
export { Log, type LogFields } from './log.port';
export { parseTraceparent } from './trace-context';
