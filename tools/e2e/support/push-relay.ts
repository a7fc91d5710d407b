import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A reverse push address that passes on to the real one, unless the test wants it to fail. */
export class PushRelay {
  /** The address behind it; set it before anybody pushes. */
  target = '';
  /** What pushes are answered with instead; null to pass them on. */
  failure: number | null = null;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      buffer(request)
        .then(async (body) => {
          if (this.failure !== null && request.method === 'POST') return { status: this.failure, body: '{}' };
          const init = request.method === 'POST' ? { method: 'POST', body } : {};
          const answer = await fetch(this.target, { ...init, signal: AbortSignal.timeout(30_000) });
          return { status: answer.status, body: await answer.text() };
        })
        .then(
          ({ status, body }) => response.writeHead(status).end(body),
          () => response.destroy(),
        );
    });
  }

  static async start(): Promise<PushRelay> {
    const relay = new PushRelay();
    await new Promise<void>((resolve) => relay.server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api-ffffffffffffffffffffffffffffffff`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
