import { Clock, type Timer } from '@sendback/domain/runtime';

export class RealClock extends Clock {
  now(): number {
    return Date.now();
  }

  after(ms: number, callback: () => void): Timer {
    const timeout = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timeout) };
  }
}
