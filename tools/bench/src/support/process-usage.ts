import { readFileSync } from 'node:fs';

/** Linux counts the time of processes in these. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;

/** Seconds of processor time that a process and its threads have taken so far. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before these may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The most memory that a process has had resident at a time, in MiB. */
export function peakRssMib(pid: number): number {
  return statusMib(pid, 'VmHWM');
}

function statusMib(pid: number, field: string): number {
  const [, kib] =
    new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / KIB_PER_MIB;
}

/** Processes by what they are. */
export type Pids = Readonly<Record<string, readonly (number | null)[]>>;

/** Counts, from now to the call of what it returns, the seconds of processor time that processes take. */
export function countCpu(pids: Pids): () => ReadonlyMap<string, number> {
  const seconds = (of: readonly (number | null)[]): number =>
    of.reduce<number>((sum, pid) => sum + (pid === null ? 0 : cpuSeconds(pid)), 0);
  const before = new Map(Object.entries(pids).map(([name, of]) => [name, seconds(of)]));
  return () =>
    new Map(Object.entries(pids).map(([name, of]) => [name, seconds(of) - (before.get(name) ?? 0)]));
}
