import { Clock, type Timer } from '@sendback/domain/runtime';

/** The longest wait of a Node timer; a longer one would fire at once. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** The machine's clock and Node's timers. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  after(ms: number, callback: () => void): Timer {
    if (ms <= 0) return soon(callback);
    // Node's timers may fire up to a millisecond early.
    const timer = setTimeout(callback, Math.min(Math.max(Math.ceil(ms) + 1, 1), MAX_WAIT_MS));
    return { cancel: () => clearTimeout(timer) };
  }
}

/** When everything else that is due had its turn: a timer would wait for a millisecond at least. */
function soon(callback: () => void): Timer {
  const immediate = setImmediate(callback);
  return { cancel: () => clearImmediate(immediate) };
}
