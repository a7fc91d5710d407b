export { ModuleFunctionInvoker } from './module-function-invoker';
export { type ProcessFunctionOptions } from './process-function-invoker';
export { PythonFunctionInvoker, type PythonFunctionOptions } from './python-function-invoker';
