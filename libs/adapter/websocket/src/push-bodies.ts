import type { IncomingMessage } from 'node:http';
import { Answers, Refusal } from './answers';
import { Pieces } from './pieces';

/** Reads bodies, which together are bounded too: each may take its time. Nobody waits for room, so none can block another. */
export class PushBodies {
  private held = 0;

  /** @param maxBytesAtOnce of all that are being read */
  constructor(private readonly maxBytesAtOnce: number) {}

  /**
   * Reads a body of up to `maxBytes`. What is larger is null at once, and read on without being kept, so that a client
   * that sends before it listens gets its answer.
   * @throws Refusal when there is no room; for nobody to hear, when the connection ended before the body
   */
  read(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
    if (Number(request.headers['content-length']) > maxBytes) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      let pieces: Pieces | null = new Pieces();
      let length = 0;
      const letGo = (): void => {
        if (pieces) this.held -= length;
        pieces = null;
      };
      request.on('data', (chunk: Buffer) => {
        if (!pieces) return;
        length += chunk.length;
        this.held += chunk.length;
        pieces.add(chunk);
        if (length > maxBytes) resolve(null);
        else if (this.held > this.maxBytesAtOnce) reject(new Refusal(Answers.tooManyPushes));
        else return;
        letGo();
      });
      request.on('end', () => {
        if (pieces) resolve(pieces.joined());
        letGo();
      });
      request.on('error', () => {
        reject(new Refusal(Answers.badRequest));
        letGo();
      });
    });
  }
}
