import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { CORE, pin } from './cores';

/** Moves this process to the core of what loads servers. @returns what takes it back to where it was */
export async function atClientsCore(): Promise<() => Promise<void>> {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, before = '0'] = /^Cpus_allowed_list:\s*(\S+)/m.exec(status) ?? [];
  await pin(process.pid, CORE.load);
  return async () => {
    await promisify(execFile)('taskset', ['-a', '-c', '-p', before, `${process.pid}`]);
  };
}
