import type { IncomingMessage } from 'node:http';
import { Answers, Refusal } from './answers';

const PIECES_AT_ONCE = 1_024;

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

/** Of a body, joined now and then: each costs some 400 bytes beside its own, and it may have come byte by byte. */
class Pieces {
  private joinedPieces: Buffer[] = [];
  private latest: Buffer[] = [];

  add(piece: Buffer): void {
    if (this.latest.push(piece) === PIECES_AT_ONCE) this.join();
  }

  clear(): void {
    this.joinedPieces = [];
    this.latest = [];
  }

  joined(): Buffer {
    return Buffer.concat([...this.joinedPieces, ...this.latest]);
  }

  private join(): void {
    this.joinedPieces.push(Buffer.concat(this.latest));
    this.latest = [];
  }
}
