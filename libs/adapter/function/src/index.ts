export { FunctionServer, type FunctionServerOptions, type ServedFunction } from './function-server';
export { type HttpFunctionOptions, HttpFunctionInvoker } from './http-function-invoker';
export { type FunctionHandler, InProcessFunctionInvoker } from './in-process-function-invoker';
export { RoundRobinFunctionInvoker } from './round-robin-function-invoker';
export { SigningSecret } from './signing-secret';
