export { CloseConnection } from './close-connection';
export {
  type Admission,
  AllowEveryone,
  ConnectPolicy,
  type ConnectRequest,
  NotPermitted,
  PolicyUnavailable,
} from './connect-policy.port';
export { BadConnectionId, MAX_CONNECTION_ID_LENGTH, parseConnectionId } from './connection-id';
export {
  type Connection,
  type ConnectionGroupsQuery,
  type ConnectionPageQuery,
  ConnectionStore,
  type JoinOutcome,
  StorageUnavailable,
} from './connection-store.port';
export { OpenConnection } from './open-connection';
export { BadRoom, MAX_ROOM_NAME_LENGTH, MAX_ROOMS_PER_CONNECTION, parseRoom } from './room';
export { BadUserId, MAX_USER_ID_LENGTH, parseUserId } from './user-id';
