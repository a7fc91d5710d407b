export interface PushAnswer {
  readonly status: number;
  readonly errNo: number;
  readonly errMsg: string;
}

/** POSTs a body to a reverse push address as any program would. */
export async function push(address: string, body: unknown): Promise<PushAnswer> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, ...((await response.json()) as { errNo: number; errMsg: string }) };
}
