// eslint-disable-next-line @nx/enforce-module-boundaries -- a tool has no alias
export {
  GuardedProcess,
  type PrivateService,
  type Services,
  startServices,
  untilSignal,
  watch,
} from '../../../services/src';
