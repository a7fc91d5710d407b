export { TencentScfInvoker, type TencentScfOptions } from './tencent-scf-invoker';
