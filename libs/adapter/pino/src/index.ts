export { type LogLevel, PinoLog } from './pino-log';
