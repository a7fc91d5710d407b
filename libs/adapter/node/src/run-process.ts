import process from 'node:process';

export interface Running {
  /** Stops taking work and finishes what is in hand. */
  stop(): Promise<void>;
}

/** To be called when the app cannot go on: it is stopped as by a signal, and the process exits with 1. */
export type Fail = (message: string) => void;

/** A terminal signals its whole process group, and npm passes the signal on as well: that is one request, not two. */
const SAME_SIGNAL_MS = 500;

/**
 * The life of a long-running app. SIGTERM or SIGINT stops it and the process exits with 0; with 1 when that takes
 * longer than `graceMs` milliseconds, or at once at a further signal later on. What makes it impossible to start is printed in
 * its message alone, and the process exits with 1.
 */
export async function runProcess(start: (fail: Fail) => Promise<Running>, graceMs: number): Promise<void> {
  let stoppedAt: number | null = null;
  const stop = (code: number, reason: string): void => {
    stoppedAt = performance.now();
    setTimeout(() => end(1, `not stopped ${graceMs} ms after ${reason}: ending now`), graceMs).unref();
    starting
      .then((running) => running.stop())
      .then(
        () => end(code),
        (error: unknown) => end(1, messageOf(error)),
      );
  };
  const onSignal = (signal: string): void => {
    if (stoppedAt === null) stop(0, signal);
    else if (performance.now() - stoppedAt > SAME_SIGNAL_MS) end(1, `${signal} again: ending at once`);
  };
  const fail = (message: string): void => {
    process.stderr.write(`${message}\n`);
    if (stoppedAt === null) stop(1, 'that');
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const starting = Promise.resolve().then(() => start(fail));
  await starting.catch((error: unknown) => end(1, messageOf(error)));
}

function end(code: number, message?: string): void {
  if (message) process.stderr.write(`${message}\n`);
  process.exit(code);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
