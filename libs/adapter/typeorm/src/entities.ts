import type { Connection } from '@sendback/domain/connection';
import type * as TypeOrm from 'typeorm';
import type { Schema } from './database/engine';
import type { DeadLetterRow, RoomMember, SessionRow } from './rows';
import { millisecondsAsDate, wholeNumber } from './transformers';

type Entity<Row> = Pick<TypeOrm.EntitySchemaOptions<Row>, 'name' | 'tableName' | 'columns'>;

const connection: Entity<Connection> = {
  name: 'Connection',
  tableName: 'ConnectionID_List',
  columns: {
    connectionId: { name: 'ConnectionID', type: 'varchar', primary: true },
    openedAt: {
      name: 'Date',
      type: 'datetime',
      precision: 3,
      nullable: true,
      transformer: millisecondsAsDate,
    },
    pushAddress: { name: 'PushAddress', type: 'varchar', nullable: true },
    userId: { name: 'UserID', type: 'varchar', nullable: true },
  },
};

const roomMember: Entity<RoomMember> = {
  name: 'RoomMember',
  tableName: 'ConnectionRoom',
  columns: {
    roomKey: { name: 'RoomKey', type: 'varchar', primary: true },
    connectionId: { name: 'ConnectionID', type: 'varchar', primary: true },
    room: { name: 'Room', type: 'varchar' },
  },
};

const deadLetter: Entity<DeadLetterRow> = {
  name: 'DeadLetter',
  tableName: 'BroadcastDeadLetter',
  columns: {
    seq: { name: 'Seq', type: 'bigint', primary: true, transformer: wholeNumber },
    lane: { name: 'Lane', type: 'int' },
    body: { name: 'Body', type: 'text' },
    reason: { name: 'Reason', type: 'text' },
    deadAt: { name: 'DeadAt', type: 'bigint', transformer: wholeNumber },
  },
};

const session: Entity<SessionRow> = {
  name: 'Session',
  tableName: 'GatewaySession',
  columns: {
    connectionId: { name: 'ConnectionID', type: 'varchar', primary: true },
    apiId: { name: 'ApiID', type: 'varchar' },
    cleanupRequestId: { name: 'CleanupRequestID', type: 'varchar' },
    openedAt: { name: 'OpenedAt', type: 'bigint', transformer: wholeNumber },
    nodeId: { name: 'NodeID', type: 'varchar', select: false },
    epoch: { name: 'Epoch', type: 'int', select: false },
    claim: { name: 'Claim', type: 'varchar', select: false },
  },
};

/** The tables that are read and written as rows; the others only by statements of their own. */
export function entitiesOf(schema: Schema, { EntitySchema }: typeof TypeOrm): TypeOrm.EntitySchema[] {
  if (schema === 'gateway') return [new EntitySchema(session)];
  return [new EntitySchema(connection), new EntitySchema(roomMember), new EntitySchema(deadLetter)];
}
