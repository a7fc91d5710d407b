export { ConsoleLog } from './console-log';
export { CryptoIdSource } from './crypto-id-source';
export { ConfigError, logLevel, readEnvironment, variable, wholeNumber } from './environment';
export { readTlsFiles, type TlsPem } from './pem-files';
export { type PushSecrets, pushSecrets, pushVariables } from './push-variables';
export { type Fail, type Running, runProcess } from './run-process';
export { SealedConnectionIds } from './sealed-connection-ids';
export { SystemClock } from './system-clock';
