export { CloseConnection } from './close-connection';
export { BadConnectionId, MAX_CONNECTION_ID_LENGTH, parseConnectionId } from './connection-id';
export {
  type Connection,
  type ConnectionPageQuery,
  ConnectionStore,
  type JoinOutcome,
  StorageUnavailable,
} from './connection-store.port';
export { OpenConnection } from './open-connection';
export { BadRoom, MAX_ROOM_NAME_LENGTH, MAX_ROOMS_PER_CONNECTION, parseRoom } from './room';
