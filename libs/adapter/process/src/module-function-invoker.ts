import { join } from 'node:path';
import { execPath } from 'node:process';
import { DEFAULT_MEMORY_MB } from '@sendback/domain/gateway';
import { ProcessFunctionInvoker, type ProcessFunctionOptions } from './process-function-invoker';

/**
 * A Node.js file, CommonJS or an ES module, with `main_handler(event, context, callback)` as SCF has it: what counts is
 * what a returned promise comes to, else what the callback is given, else what is returned. Memory is limited as
 * V8 does it: the heap.
 */
export class ModuleFunctionInvoker extends ProcessFunctionInvoker {
  constructor(options: ProcessFunctionOptions) {
    const { file, memoryMb = DEFAULT_MEMORY_MB } = options;
    const args = [`--max-old-space-size=${memoryMb}`, join(__dirname, 'runner.cjs'), file];
    super(options, { executable: execPath, args });
  }
}
