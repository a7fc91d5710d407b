import { join } from 'node:path';
import { ProcessFunctionInvoker, type ProcessFunctionOptions } from './process-function-invoker';

export interface PythonFunctionOptions extends ProcessFunctionOptions {
  /** Python 3.7 or later; `python3` by default. */
  readonly interpreter?: string;
}

/**
 * A Python file with `main_handler(event, context)`, both of them dicts.
 *
 * Its memory is not limited: what the system can limit is address space, of which a thread or a library takes many
 * times of what it uses.
 */
export class PythonFunctionInvoker extends ProcessFunctionInvoker {
  constructor(options: PythonFunctionOptions) {
    const { file, interpreter = 'python3' } = options;
    super(options, { executable: interpreter, args: [join(__dirname, 'runner.py'), file] });
  }
}
