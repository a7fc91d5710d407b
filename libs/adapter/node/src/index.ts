export { ConsoleLog } from './console-log';
export { CryptoIdSource } from './crypto-id-source';
export { ConfigError, readEnvironment, variable } from './environment';
export { type Fail, type Running, runProcess } from './run-process';
export { SystemClock } from './system-clock';
