/** Far more than a JWK set has. */
const MAX_BYTES = 256 * 1024;

/**
 * The JSON behind a URL; redirects are not followed.
 * @param signal ends the exchange, wherever it is
 */
export async function fetchJson(url: URL, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { redirect: 'error', headers: { accept: 'application/json' }, signal });
  if (response.status !== 200) throw new Error(`${url.host} answered ${response.status}`);
  return JSON.parse(await readText(response)) as unknown;
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
