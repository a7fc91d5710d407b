import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Holds the answer of a batch: as many ids as a request takes, each at its longest. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Each piece costs some 400 bytes beside its own: so many are joined, since an answer may come byte by byte. */
const PIECES_AT_ONCE = 1_024;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** No usable answer came. Stays within this library: callers see a reason in a report. */
export class ExchangeFailed extends Error {
  constructor(
    message: string,
    readonly retryable: boolean,
    /** The connection, kept alive from an earlier exchange, was lost before any byte of the answer. */
    readonly stale = false,
  ) {
    super(message);
  }
}

/** One HTTP request with its whole answer. Whoever begins it bounds its time through {@link abort}. */
export class Exchange {
  readonly answer: Promise<Answer>;
  private reject: (failure: ExchangeFailed) => void = () => undefined;
  private socket: Socket | null = null;
  private bytesReadBefore = 0;

  constructor(
    private readonly request: ClientRequest,
    body: readonly Buffer[],
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.reject = reject;
      request.on('socket', (socket) => {
        this.socket = socket;
        this.bytesReadBefore = socket.bytesRead;
      });
      request.on('error', (error) => this.lost(error));
      request.on('response', (response) => this.read(response, resolve));
      // Node.js tells nobody of a 101 that nobody listens for.
      request.on('upgrade', () => this.abort(new ExchangeFailed('the answer switches protocols', false)));
      for (const part of body) request.write(part);
      request.end();
    });
  }

  /** Ends the exchange at once; `answer` rejects with the failure unless it was complete. */
  abort(failure: ExchangeFailed): void {
    this.reject(failure);
    this.request.destroy();
  }

  private read(response: IncomingMessage, resolve: (answer: Answer) => void): void {
    let pieces: Buffer[] = [];
    let bytes = 0;
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > MAX_ANSWER_BYTES) this.abort(new ExchangeFailed('the answer is too long', false));
      else if (pieces.push(piece) === PIECES_AT_ONCE) pieces = [Buffer.concat(pieces)];
    });
    response.on('error', (error) => this.lost(error));
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }),
    );
  }

  private lost(error: NodeJS.ErrnoException): void {
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    const silent = this.socket?.bytesRead === this.bytesReadBefore;
    const reason = error.message || (error.code ?? 'the connection was lost');
    this.reject(new ExchangeFailed(reason, true, reset && silent && this.request.reusedSocket));
  }
}
