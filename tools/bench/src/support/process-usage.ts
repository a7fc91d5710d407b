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

/** Bytes that a process has resident now. */
export function rssBytes(pid: number): number {
  return statusMib(pid, 'VmRSS') * KIB_PER_MIB * KIB_PER_MIB;
}

/** These, and all that they have started in their turn and that is still running. */
export function withChildren(pids: readonly number[]): readonly number[] {
  return pids.flatMap((pid) => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...withChildren(children === '' ? [] : children.split(' ').map(Number))];
  });
}

/** Seconds of processor time of all processors together: used by anybody, and in all. */
function machineSeconds(): { used: number; all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // Time in virtual machines that this one runs is part of the first two.
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softIrq = 0, stolen = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  const used = user + nice + system + irq + softIrq + stolen;
  return { used, all: used + idle + waiting };
}

/** Processes by what they are. */
export type Pids = Readonly<Record<string, readonly (number | null)[]>>;

export interface CpuUse {
  /** Seconds of processor time, by what took it. */
  readonly seconds: ReadonlyMap<string, number>;
  /** Of all the processors' time, how much went to anything else, in percent: the noise in the figures. */
  readonly elsewhere: number;
}

/** Counts from now to the call of what it returns. */
export function countCpu(pids: Pids): () => CpuUse {
  const secondsOf = (of: readonly (number | null)[]): number =>
    of.reduce<number>((sum, pid) => sum + (pid === null ? 0 : cpuSeconds(pid)), 0);
  const before = new Map(Object.entries(pids).map(([name, of]) => [name, secondsOf(of)]));
  const machine = machineSeconds();
  return () => {
    const seconds = new Map(
      Object.entries(pids).map(([name, of]) => [name, secondsOf(of) - (before.get(name) ?? 0)]),
    );
    const ours = [...seconds.values()].reduce((sum, took) => sum + took, 0);
    const { used, all } = machineSeconds();
    return { seconds, elsewhere: Math.max(0, (100 * (used - machine.used - ours)) / (all - machine.all)) };
  };
}
