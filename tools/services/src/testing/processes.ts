import { execFileSync } from 'node:child_process';

export interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Dead ones that nobody has asked about yet are left out. */
export function running(): Listed[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state = 'Z', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return state.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Processes that this one has started, those that they have started, and so on. */
export function descendants(of: number): number[] {
  const found = [of];
  for (const { pid, parent } of running().sort((a, b) => a.pid - b.pid))
    if (found.includes(parent)) found.push(pid);
  return found.slice(1);
}
