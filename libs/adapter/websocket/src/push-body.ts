import type { IncomingMessage } from 'node:http';
import { Answers, Refusal } from './answers';
import { Pieces } from './pieces';

/**
 * Reads a body of up to `maxBytes`. What is larger is null at once, and read on without being kept, so that a client
 * that sends before it listens gets its answer.
 * @throws Refusal, for nobody to hear, when the connection ended before the body
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length']) > maxBytes) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const pieces = new Pieces();
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) pieces.add(chunk);
      else {
        pieces.clear();
        resolve(null);
      }
    });
    request.on('end', () => resolve(pieces.joined()));
    request.on('error', () => reject(new Refusal(Answers.badRequest)));
  });
}
