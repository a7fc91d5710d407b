export { CleanupHandler } from './cleanup-handler';
export { type ErrorAnswer } from './err-no';
export { type RegistrationAnswer, RegistrationHandler } from './registration-handler';
export { TransferHandler } from './transfer-handler';
