import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { DEFAULT_MEMORY_MB } from '@sendback/domain/gateway';
import {
  DEFAULT_HANDLER,
  ProcessFunctionInvoker,
  type ProcessFunctionOptions,
} from './process-function-invoker';
import { watchCode } from './watch-code';

export interface ModuleFunctionOptions extends ProcessFunctionOptions {
  /** Loads the file anew when it, or code beside it, changes: for development. */
  readonly watch?: boolean;
}

/**
 * A Node.js file, CommonJS or an ES module, with `main_handler(event, context, callback)` as SCF has it: what counts is
 * what a returned promise comes to, else what the callback is given, else what is returned.
 */
export class ModuleFunctionInvoker extends ProcessFunctionInvoker {
  private readonly stopWatching: () => void = () => undefined;

  constructor(options: ModuleFunctionOptions) {
    const { file, handler = DEFAULT_HANDLER, memoryMb = DEFAULT_MEMORY_MB, watch = false, log } = options;
    const args = [`--max-old-space-size=${memoryMb}`, join(__dirname, 'runner.cjs'), file, handler];
    super(options, { executable: execPath, args });
    if (watch) this.stopWatching = watchCode(dirname(file), () => this.restart(), log);
  }

  override close(): Promise<void> {
    this.stopWatching();
    return super.close();
  }
}
