import type { MigrationInterface } from 'typeorm';
import type { Schema } from '../database/engine';
import { BroadcastTables } from './broadcast-tables';
import { ConnectionTables } from './connection-tables';
import { GatewayNodes } from './gateway-nodes';
import { GatewayTables } from './gateway-tables';
import { UserColumns } from './user-columns';

/** In the order of their time stamps. What has been released is never changed: a change is a further migration. */
export function migrationsOf(schema: Schema): (new () => MigrationInterface)[] {
  return schema === 'gateway'
    ? [GatewayTables, GatewayNodes]
    : [ConnectionTables, BroadcastTables, UserColumns];
}
