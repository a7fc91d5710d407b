export { type CleanupEvent, type FunctionEvent, type RegistrationEvent, type TransferEvent } from './events';
export { FunctionFailed, FunctionInvoker, FunctionTimedOut } from './function-invoker.port';
export { LedgerUnavailable, type LedgerSession, SessionLedger, type Tenure } from './session-ledger.port';
