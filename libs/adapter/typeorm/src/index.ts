export { TypeOrmBroadcastLedger } from './broadcast-ledger';
export { type BroadcastQueueOptions, TypeOrmBroadcastQueue } from './broadcast-queue';
export { TypeOrmConnectionStore } from './connection-store';
export { Database, type DatabaseOptions } from './database/database';
export { TypeOrmDeadLetterStore } from './dead-letter-store';
export { type DatabaseUrl, parseDatabaseUrl } from './database/database-url';
export { TypeOrmSessionLedger } from './session-ledger';
