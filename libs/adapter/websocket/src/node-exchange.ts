import type { ClientRequest, IncomingMessage } from 'node:http';
import { NodeUnreachable } from '@sendback/domain/gateway';
import { Pieces } from './pieces';

/** Holds the ids of a whole batch, each at its longest. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface NodeAnswer {
  readonly status: number;
  readonly body: string;
}

/** One HTTP request to another node with its whole answer. Whoever begins it bounds its time through {@link abort}. */
export class NodeExchange {
  /** Rejects with {@link NodeUnreachable}. */
  readonly answer: Promise<NodeAnswer>;
  private reject: (failure: NodeUnreachable) => void = () => undefined;
  private bytesReadBefore = 0;
  private stale = false;

  constructor(
    private readonly request: ClientRequest,
    body: readonly Buffer[],
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.reject = reject;
      request.on('socket', ({ bytesRead }) => (this.bytesReadBefore = bytesRead));
      request.on('error', (error) => this.lose(error));
      request.on('response', (response) => this.read(response, resolve));
      // Node.js tells nobody of a 101 that nobody listens for.
      request.on('upgrade', () => this.abort('the answer switches protocols'));
      for (const part of body) request.write(part);
      request.end();
    });
  }

  /** The connection was kept from an earlier exchange, and the node had closed it before it could read this one. */
  get wasStale(): boolean {
    return this.stale;
  }

  /** Ends it at once; `answer` rejects unless it was complete. */
  abort(reason: string): void {
    this.reject(new NodeUnreachable(reason));
    this.request.destroy();
  }

  private read(response: IncomingMessage, resolve: (answer: NodeAnswer) => void): void {
    const pieces = new Pieces();
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) this.abort('the answer is too long');
      else pieces.add(chunk);
    });
    response.on('error', (error) => this.lose(error));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: pieces.joined().toString() }));
  }

  private lose(error: NodeJS.ErrnoException): void {
    const { reusedSocket, socket } = this.request;
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    this.stale = reset && reusedSocket && socket?.bytesRead === this.bytesReadBefore;
    this.reject(
      new NodeUnreachable(error.message || (error.code ?? 'the connection was lost'), { cause: error }),
    );
  }
}
