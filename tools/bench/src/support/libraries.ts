/* eslint-disable @nx/enforce-module-boundaries -- all that the bench takes of the libraries goes through this file */
export { AmqpBroadcastQueue, parseAmqpUrl } from '@sendback/adapter/amqp';
export { ConsoleLog, SystemClock } from '@sendback/adapter/node';
export {
  Database,
  parseDatabaseUrl,
  TypeOrmBroadcastLedger,
  TypeOrmBroadcastQueue,
  TypeOrmConnectionStore,
  TypeOrmDeadLetterStore,
} from '@sendback/adapter/typeorm';
export { type ConnectionStore } from '@sendback/domain/connection';
export { type BroadcastQueue, lanesOf, type Receipt, type Target } from '@sendback/domain/messaging';
