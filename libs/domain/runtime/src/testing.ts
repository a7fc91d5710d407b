export { ManualClock, settle } from './clock.manual';
export { SequentialIds } from './id-source.sequential';
export { MemoryLog } from './log.memory';
export { Stopwatch } from './stopwatch.contract';
