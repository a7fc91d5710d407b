export { type Admission, AdmitClient, type ConnectRequest } from './admit-client';
export {
  type Api,
  type ApiFunction,
  type ClientLimits,
  DEFAULT_BACKEND_TIMEOUT_SECONDS,
  DEFAULT_FUNCTION_TIMEOUT_MS,
  newApiId,
  shortApiId,
  UNLIMITED,
} from './api';
export { type ClientListener, type ClientMessage, ClientSocket, type Frame } from './client-socket.port';
export { type Authentication, ClientAuthenticator, type Unauthorized } from './client-authenticator.port';
export { CloseCode } from './close-code';
export { type CleanupEvent, type FunctionEvent, type RegistrationEvent, type TransferEvent } from './events';
export { ConnectionIds } from './connection-ids.port';
export { DeliverPush, type Push } from './deliver-push';
export {
  DEFAULT_MEMORY_MB,
  type FunctionContext,
  functionContext,
  type FunctionTraits,
} from './function-context';
export { FunctionFailed, FunctionInvoker, FunctionTimedOut } from './function-invoker.port';
export { type DrainTimes, Gateway, type GatewayParts } from './gateway';
export { DEFAULT_LIMITS, type GatewayLimits } from './limits';
export { LiveApi } from './live-api';
export { NodeForwarder, NodeUnreachable } from './node-forwarder.port';
export { BadPush, type ParsePush } from './parse-push';
export { type NodeParts } from './push-to-nodes';
export { type OutgoingMessage, type PushOutcome } from './push-to-clients';
export { indistinguishablePaths, problemOfPath } from './path-pattern';
export { type Route, Routes } from './routes';
export { Session, type SessionDetails, type SessionState } from './session';
export {
  type GatewayNode,
  LedgerUnavailable,
  type LedgerSession,
  SessionLedger,
  type Tenure,
} from './session-ledger.port';
export { type ConnectOutcome, Traffic, type Volume } from './traffic';
