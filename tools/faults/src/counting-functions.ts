import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface Event {
  readonly requestContext: { readonly requestId: string };
  readonly websocket: Readonly<Record<string, string>>;
}

/** A cleanup event as it came. */
export interface Cleaned {
  readonly connectionId: string;
  readonly requestId: string;
  readonly closeCode: string;
  readonly at: number;
}

/** Registration, transfer and cleanup behind URLs, which keep what they were called for. */
export class CountingFunctions {
  /** Connection ids, in the order in which they came. */
  readonly registered: string[] = [];
  readonly cleaned: Cleaned[] = [];
  private readonly server: Server = createServer((request, response) => {
    void json(request).then((event) => {
      this.take((request.url ?? '').slice(1), event as Event);
      response.setHeader('content-type', 'application/json').end('{"errNo":0,"errMsg":"ok"}');
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  url(name: 'register' | 'transfer' | 'cleanup'): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${name}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(name: string, { requestContext: { requestId }, websocket }: Event): void {
    const { secConnectionID: connectionId = '', closeCode = '' } = websocket;
    if (name === 'register') this.registered.push(connectionId);
    if (name === 'cleanup') this.cleaned.push({ connectionId, requestId, closeCode, at: performance.now() });
  }
}
