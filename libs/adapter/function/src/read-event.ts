import type { IncomingMessage } from 'node:http';
import { ErrorAnswers, Refusal } from './error-answers';
import { Pieces } from './pieces';
import type { ConfirmBody } from './signature-check';

/**
 * The event in a request's body.
 * @param confirm throws for a body that is not to be looked into
 * @throws Refusal; when the connection ended before the body, for nobody to hear
 */
export async function readEvent(
  request: IncomingMessage,
  maxBytes: number,
  confirm?: ConfirmBody,
): Promise<unknown> {
  // The type that a page of another site cannot make a browser send without asking first.
  const isJson = /^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '');
  if (!isJson) throw new Refusal(ErrorAnswers.notJsonType);
  const body = await readBody(request, maxBytes);
  confirm?.(body);
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw new Refusal(ErrorAnswers.notJson);
  }
}

/** What is too large is refused at once, and read on without being kept: some callers send before they listen. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length']) > maxBytes) throw new Refusal(ErrorAnswers.tooLarge);
  // It had to wait, and its caller gave up meanwhile: nothing would be heard of it any more.
  if (request.destroyed) throw new Refusal(ErrorAnswers.badRequest);
  return new Promise((resolve, reject) => {
    const pieces = new Pieces();
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) pieces.add(chunk);
      else {
        pieces.clear();
        reject(new Refusal(ErrorAnswers.tooLarge));
      }
    });
    request.on('end', () => resolve(pieces.joined()));
    request.on('error', () => reject(new Refusal(ErrorAnswers.badRequest)));
  });
}
