export { type Command, type Ending, GuardedProcess, type SpawnOptions } from './guarded-process';
export { freePorts } from './ports';
export type { PrivateService, Service } from './service';
export { type Services, servicesForTests, startServices } from './services';
export { untilSignal } from './until-signal';
export { watch } from './watchdog';
