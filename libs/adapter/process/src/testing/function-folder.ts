import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env, kill } from 'node:process';
import type { FunctionInvoker, TransferEvent } from '@sendback/domain/gateway';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { ModuleFunctionInvoker } from '../module-function-invoker';
import type { ProcessFunctionOptions } from '../process-function-invoker';
import { PythonFunctionInvoker, type PythonFunctionOptions } from '../python-function-invoker';

/** Long enough for any machine: a call that needs it has failed. */
export const AMPLE_MS = 60_000;

export const event = (data = 'hello', requestId = 'request-1'): TransferEvent => ({
  requestContext: { requestId, stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data },
});

/** Looks again and again. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + AMPLE_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not so within ${AMPLE_MS} ms: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A process that has ended is none, though nobody has asked for its exit code yet. */
export function isAlive(pid: number): boolean {
  try {
    kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  try {
    return !existsSync('/proc/self/status') || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
  } catch {
    return false;
  }
}

/** A folder of a spec's own with functions in it, and the invokers of them; all of it goes with `close`. */
export class FunctionFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'function-'));
  readonly log = new MemoryLog();
  private readonly invokers: FunctionInvoker[] = [];

  write(name: string, text: string): string {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  module(text: string, options: Partial<ProcessFunctionOptions> = {}): ModuleFunctionInvoker {
    const file = options.file ?? this.write('index.js', text);
    return this.keep(new ModuleFunctionInvoker({ ...this.options, ...options, file }));
  }

  python(text: string, options: Partial<PythonFunctionOptions> = {}): PythonFunctionInvoker {
    const file = options.file ?? this.write('index.py', text);
    return this.keep(new PythonFunctionInvoker({ ...this.options, ...options, file }));
  }

  /** Resolves to the first entry of the log with this message, as soon as it is there. */
  async logged(message: string): Promise<MemoryLog['entries'][number]> {
    let entry: MemoryLog['entries'][number] | undefined;
    await until(() => !!(entry = this.log.entries.find((one) => one.message === message)));
    return entry!;
  }

  /** What functions printed: the request id and the line. */
  get printed(): [unknown, unknown][] {
    return this.log.entries
      .filter(({ message }) => message === 'a function printed')
      .map(({ fields }) => [fields['requestId'], fields['text']]);
  }

  async close(): Promise<void> {
    await Promise.all(this.invokers.map((invoker) => invoker.close()));
    rmSync(this.path, { recursive: true, force: true });
  }

  private get options(): Pick<ProcessFunctionOptions, 'name' | 'hostEnvironment' | 'log'> {
    return { name: 'transfer', hostEnvironment: env, log: this.log };
  }

  private keep<T extends FunctionInvoker>(invoker: T): T {
    this.invokers.push(invoker);
    return invoker;
  }
}
