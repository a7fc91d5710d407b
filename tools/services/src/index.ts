export { type Command, type Ending, GuardedProcess, type SpawnOptions } from './guarded-process';
export { LocalServer, type Recipe } from './local-server';
export { canInstall, install } from './packages';
export { freePorts } from './ports';
export { find as findProgram } from './programs';
export type { PrivateService, Service } from './service';
export { type Services, servicesForTests, startServices } from './services';
export { untilSignal } from './until-signal';
export { watch } from './watchdog';
