import process from 'node:process';
import { isatty } from 'node:tty';

export interface Running {
  /** Stops taking work and finishes what is in hand. */
  stop(): Promise<void>;
  /** Milliseconds that stopping may take, where the app knows better than who runs it. */
  readonly graceMs?: number;
  /** Takes what changed: files that are read anew. When it fails, the app goes on as it was. */
  reload?(): Promise<void>;
}

/** To be called when the app cannot go on: it is stopped as by a signal, and the process exits with 1. */
export type Fail = (message: string) => void;

/** A terminal signals its whole process group, and npm passes the signal on as well: that is one request, not two. */
const SAME_SIGNAL_MS = 500;

/**
 * The life of a long-running app. SIGTERM or SIGINT stops it and the process exits with 0; with 1 when that takes
 * longer than `graceMs` milliseconds, or at once at a further signal later on. What makes it impossible to start is printed in
 * its message alone, and the process exits with 1. SIGHUP reloads, one time after the other, and does nothing to an app
 * that has nothing to reload; but when it means that the terminal is gone to which the app writes, the process ends.
 */
export async function runProcess(start: (fail: Fail) => Promise<Running>, graceMs: number): Promise<void> {
  let stoppedAt: number | null = null;
  let reloaded = Promise.resolve();
  const stop = (code: number, reason: string): void => {
    stoppedAt = performance.now();
    const endAfter = (ms: number): NodeJS.Timeout =>
      setTimeout(() => end(1, `not stopped ${ms} ms after ${reason}: ending now`), ms).unref();
    const timer = endAfter(graceMs);
    starting
      .then((running) => {
        clearTimeout(timer);
        endAfter(running.graceMs ?? graceMs);
        return running.stop();
      })
      .then(
        () => end(code),
        (error: unknown) => end(1, messageOf(error)),
      );
  };
  const onSignal = (signal: string): void => {
    if (stoppedAt === null) stop(0, signal);
    else if (performance.now() - stoppedAt > SAME_SIGNAL_MS) end(1, `${signal} again: ending at once`);
  };
  const reload = async (): Promise<void> => {
    const running = await starting;
    if (stoppedAt === null) await running.reload?.();
  };
  const onHangup = (): void => {
    if (isTerminalGone()) end(1);
    reloaded = reloaded.then(reload).catch((error: unknown) => print(messageOf(error)));
  };
  const fail = (message: string): void => {
    print(message);
    if (stoppedAt === null) stop(1, 'that');
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal).on('SIGHUP', onHangup);
  const starting = Promise.resolve().then(() => start(fail));
  await starting.catch((error: unknown) => end(1, messageOf(error)));
}

function end(code: number, message?: string): void {
  if (message) print(message);
  process.exit(code);
}

/** Node.js throws at the next word that is written to it. */
function isTerminalGone(): boolean {
  return [process.stdout, process.stderr].some(({ isTTY, fd }) => isTTY && !isatty(fd));
}

function print(message: string): void {
  process.stderr.write(`${message}\n`);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
