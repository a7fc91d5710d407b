import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';

/** Serves a JWK set over HTTP. */
export class KeyServer {
  keys: JWK[] = [];
  requests = 0;
  /** What it does with a request instead of answering with its keys. */
  instead: RequestListener | null = null;
  private asked: (() => void)[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.requests++;
      if (this.instead) this.instead(request, response);
      else response.end(JSON.stringify({ keys: this.keys }));
      for (const resolve of this.asked.splice(0)) resolve();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  /** Takes no port that an outgoing connection could be given once it has stopped: another one may start there. */
  async start(port = 0): Promise<this> {
    for (;;) {
      this.server.listen(port || randomInt(20_000, 32_768), '127.0.0.1');
      try {
        await once(this.server, 'listening');
        return this;
      } catch (error) {
        if (port) throw error;
      }
    }
  }

  /** Resolves when it is asked the next time. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => void this.asked.push(resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
