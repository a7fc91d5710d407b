export { ConsoleLog } from './console-log';
export { CryptoIdSource } from './crypto-id-source';
export { ConfigError, readEnvironment } from './environment';
export { SystemClock } from './system-clock';
