import process from 'node:process';

export interface Running {
  /** Stops taking work and finishes what is in hand. */
  stop(): Promise<void>;
}

/**
 * The life of a long-running app. SIGTERM or SIGINT stops it and the process exits with 0; with 1 when that takes
 * longer than `graceMs` milliseconds, or at once at a second signal. What makes it impossible to start is printed in
 * its message alone, and the process exits with 1.
 */
export async function runProcess(start: () => Promise<Running>, graceMs: number): Promise<void> {
  try {
    const running = await start();
    let stopping = false;
    const onSignal = (signal: string): void => {
      if (stopping) end(1, `${signal} again: ending at once`);
      stopping = true;
      setTimeout(() => end(1, `not stopped ${graceMs} ms after ${signal}: ending now`), graceMs).unref();
      running.stop().then(
        () => end(0),
        (error: unknown) => end(1, messageOf(error)),
      );
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  } catch (error) {
    end(1, messageOf(error));
  }
}

function end(code: number, message?: string): void {
  if (message) process.stderr.write(`${message}\n`);
  process.exit(code);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
