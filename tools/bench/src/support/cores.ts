import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

/** A core for what is measured, another for what loads it. */
export const CORE = { server: 0, load: 1 } as const;

/** Holds a process, its threads and those to come, to a core; where there is only one, there is nothing to do. */
export async function pin(pid: number, core: number): Promise<void> {
  if (availableParallelism() < 2) return;
  await promisify(execFile)('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}
