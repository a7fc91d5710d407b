/** What a gateway says of itself at `/metrics`. */
export interface Figures {
  /** Differs for a process that was started anew. */
  readonly startedAt: number;
  readonly connections: number;
  readonly cleanupsPending: number;
  readonly residentBytes: number;
  /** Of buffers. */
  readonly externalBytes: number;
  /** 0 where the operating system does not tell. */
  readonly fileDescriptors: number;
}

export async function figuresOf(pushOrigin: string): Promise<Figures> {
  const response = await fetch(`${pushOrigin}/metrics`, { signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    startedAt: sum('process_start_time_seconds'),
    connections: sum('sendback_gateway_connections'),
    cleanupsPending: sum('sendback_gateway_cleanups_pending'),
    residentBytes: sum('process_resident_memory_bytes'),
    externalBytes: sum('nodejs_external_memory_bytes'),
    fileDescriptors: sum('process_open_fds'),
  };
}
