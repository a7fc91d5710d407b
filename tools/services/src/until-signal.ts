/** A terminal signals all its processes, and npm passes the signal on as well: that is one request, not two. */
const SAME_SIGNAL_MS = 500;

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Resolves to the exit code that belongs to the first SIGINT, SIGTERM or SIGHUP. A further one later on ends the process
 * at once.
 */
export async function untilSignal(): Promise<number> {
  return new Promise((resolve) => {
    let first: number | null = null;
    for (const [signal, code] of Object.entries(CODES)) {
      process.on(signal, () => {
        first ??= performance.now();
        if (performance.now() - first > SAME_SIGNAL_MS) process.exit(code);
        resolve(code);
      });
    }
  });
}
