import type * as http from 'node:http';

/** What Node.js calls of an agent; its types leave it out. */
interface RequestTaker {
  addRequest(request: http.ClientRequest, options: object): void;
}

/**
 * The one HTTP request that the SDK makes for a call, watched through the agent it is given: the SDK itself bounds
 * neither what it reads nor where it is redirected to, and keeps to itself why a connection failed.
 */
export class ApiRequest {
  /** For the SDK: connections are those of the shared agent. */
  readonly agent: http.Agent;
  /** What came back, or why the request was ended. */
  readonly answer: Promise<unknown>;
  private request: http.ClientRequest | null = null;
  private response: http.IncomingMessage | null = null;
  private failure: Error | null = null;
  private fail: (reason: Error) => void = () => undefined;

  /**
   * @param send makes the request with this agent
   * @param maxBytes of the answer's body; a longer one ends the request
   */
  constructor(
    shared: http.Agent,
    send: (agent: http.Agent) => Promise<unknown>,
    private readonly maxBytes: number,
  ) {
    const taker = shared as http.Agent & RequestTaker;
    const addRequest = (request: http.ClientRequest, options: object): void => {
      this.admit(request);
      taker.addRequest(request, options);
    };
    this.agent = Object.create(shared, { addRequest: { value: addRequest } }) as http.Agent;
    const ended = new Promise<never>((_, reject) => (this.fail = reject));
    this.answer = Promise.race([send(this.agent), ended]);
  }

  /** What Node.js said of the connection, if it failed. */
  get connectionFailure(): Error | null {
    return this.failure;
  }

  /** Ends the request at once; `answer` rejects with the reason unless it was there. */
  abort(reason: Error): void {
    this.failure ??= reason;
    this.fail(reason);
    this.request?.destroy();
  }

  /** To be called when the answer is known: the SDK leaves some answers unread, and their connections open. */
  end(): void {
    if (!this.response?.complete) this.request?.destroy();
  }

  private admit(request: http.ClientRequest): void {
    if (this.failure) throw this.failure;
    if (this.request) throw new Error('the answer is a redirect');
    this.request = request;
    request.on('error', (error) => (this.failure ??= error));
    request.on('response', (response) => this.watch(response));
  }

  private watch(response: http.IncomingMessage): void {
    this.response = response;
    // Nobody asked for compression, and what it unpacks to has no bound. An event stream the SDK would hand on unread.
    delete response.headers['content-encoding'];
    response.headers['content-type'] = 'application/json';
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > this.maxBytes) this.abort(new Error(`the answer is longer than ${this.maxBytes} bytes`));
    });
  }
}
