import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import WebSocket, { type ClientOptions } from 'ws';

const PATIENCE_MS = 30_000;

export type Frame = Readonly<Record<string, unknown>>;

/** A WebSocket client that keeps what it was given, in order, and can wait for more. */
export class Client {
  readonly received: string[] = [];
  closeCode: number | null = null;
  /** Its `secConnectionID`, known after `connect`. */
  id = '';
  private readonly checks = new Set<() => void>();
  private asked = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) =>
      this.take(isBinary ? `binary ${data.toString('hex')}` : String(data)),
    );
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closeCode = code;
      this.recheck();
    });
  }

  /** Opens a connection without asking who it is. */
  static async open(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<Client> {
    const client = new Client(new WebSocket(url, protocols, options));
    await once(client.socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return client;
  }

  /** Tries to open a connection, and resolves to what the gateway answers instead. */
  static async refused(url: string): Promise<{ status: number; errNo: number; errMsg: string }> {
    const socket = new WebSocket(url);
    socket.on('error', () => undefined);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const [, response] = (await once(socket, 'unexpected-response', { signal })) as [
      unknown,
      IncomingMessage,
    ];
    const body = (await response.toArray()).map(String).join('');
    return { status: response.statusCode ?? 0, ...(JSON.parse(body) as { errNo: number; errMsg: string }) };
  }

  /** Opens a connection to our own transfer function. */
  static async connect(url: string): Promise<Client> {
    const client = await Client.open(url);
    client.id = String((await client.ask({ action: 'whoami' }))['connectionId']);
    return client;
  }

  say(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Sends an action and resolves to its acknowledgement or error. */
  async ask(request: Frame): Promise<Frame> {
    const id = `ask-${++this.asked}`;
    this.say(JSON.stringify({ ...request, id }));
    return this.until(
      () => this.frames().find((frame) => frame['id'] === id),
      `a reply to ${String(request['action'])}`,
    );
  }

  /** What it received that is a JSON object. */
  frames(): Frame[] {
    return this.received.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text) as Frame);
  }

  /** The `data` of the messages others sent it. */
  messages(): unknown[] {
    return this.frames()
      .filter(({ type }) => type === 'message')
      .map(({ data }) => data);
  }

  hears(text: string): Promise<string> {
    return this.until(() => this.received.find((received) => received === text), text);
  }

  /** Waits until `find` gives something, looking again after each frame and at the close. */
  until<T>(find: () => T | undefined | null | false, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.checks.delete(check);
        clearTimeout(timer);
      };
      const check = (): void => {
        const found = find();
        if (found === undefined || found === null || found === false) return;
        stop();
        resolve(found);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`waited in vain for ${what}; received ${this.received.length} frames`));
      }, PATIENCE_MS);
      this.checks.add(check);
      check();
    });
  }

  closed(): Promise<number> {
    return this.until(() => this.closeCode, 'the close');
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed();
  }

  private take(text: string): void {
    this.received.push(text);
    this.recheck();
  }

  private recheck(): void {
    for (const check of this.checks) check();
  }
}
