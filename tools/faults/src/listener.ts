import { once } from 'node:events';
import WebSocket from 'ws';

const OPEN_MS = 30_000;
const AT_ONCE = 50;

/** A client that keeps what it was told, and how it ended. */
export class Listener {
  readonly heard: string[] = [];
  closeCode: number | null = null;
  closedAt = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.heard.push(data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closeCode = code;
      this.closedAt = performance.now();
    });
  }

  static async connect(url: string): Promise<Listener> {
    const listener = new Listener(new WebSocket(url, { perMessageDeflate: false }));
    await once(listener.socket, 'open', { signal: AbortSignal.timeout(OPEN_MS) });
    return listener;
  }

  /** So many of them, some at a time. */
  static async connectAll(url: string, count: number): Promise<Listener[]> {
    const listeners: Listener[] = [];
    let left = count;
    const one = async (): Promise<void> => {
      while (left-- > 0) listeners.push(await Listener.connect(url));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    return listeners;
  }

  terminate(): void {
    this.socket.terminate();
  }
}
