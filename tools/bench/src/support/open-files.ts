import { readFileSync } from 'node:fs';
import type { Command } from '@sendback/tools/services';

/** For what a process has open beside its sockets. */
const SPARE = 500;

/** The command with as many files open as it may have; Node.js sees to that itself. */
export function withOpenFiles({ file, args, env }: Command): Command {
  const script = 'ulimit -n "$(ulimit -Hn)" && exec "$@"';
  return { file: '/bin/sh', args: ['-c', script, 'sh', file, ...args], env };
}

/** @throws Error when a process may not have that many sockets open */
export function requireOpenFiles(sockets: number): void {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const [, hard = ''] = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(limits) ?? [];
  if (hard === 'unlimited' || Number(hard) >= sockets + SPARE) return;
  throw new Error(
    `${sockets} sockets need more than the ${hard} open files that are allowed: raise ulimit -Hn`,
  );
}
