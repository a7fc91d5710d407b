import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Pieces } from './pieces';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One HTTP request with its whole answer. Whoever begins it bounds its time through {@link abort}. */
export class Exchange {
  readonly answer: Promise<Answer>;
  private fail: (reason: Error) => void = () => undefined;

  /** @param maxBytes of the answer's body; a longer one is cut off and fails the exchange */
  constructor(
    private readonly request: ClientRequest,
    body: Buffer,
    private readonly maxBytes: number,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.fail = reject;
      request.on('error', reject);
      request.on('response', (response) => this.read(response, resolve));
      // Node.js tells nobody of a 101 that nobody listens for.
      request.on('upgrade', () => this.abort(new Error('the answer switches protocols')));
      request.end(body);
    });
  }

  /** Ends the exchange at once; `answer` rejects with the reason unless it was complete. */
  abort(reason: Error): void {
    this.fail(reason);
    this.request.destroy();
  }

  private read(response: IncomingMessage, resolve: (answer: Answer) => void): void {
    const pieces = new Pieces();
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > this.maxBytes) this.abort(new Error(`the answer is longer than ${this.maxBytes} bytes`));
      else pieces.add(chunk);
    });
    response.on('error', this.fail);
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: pieces.joined() }),
    );
  }
}
