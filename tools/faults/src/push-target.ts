import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface Push {
  readonly websocket: { readonly secConnectionID: string; readonly data: string };
}

/** A reverse push address of somebody else's, which takes one push at a time, or refuses every one. */
export class PushTarget {
  isOutOfOrder = true;
  /** What it took. */
  readonly taken: Push['websocket'][] = [];
  private readonly server = createServer((request, response) => {
    if (request.method !== 'POST') {
      request.resume();
      response.writeHead(405).end();
      return;
    }
    void json(request).then((body) => {
      const refused = this.isOutOfOrder;
      if (!refused) this.taken.push((body as Push).websocket);
      const answer = refused ? { errNo: 203, errMsg: 'under repair' } : { errNo: 0, errMsg: 'ok' };
      response.writeHead(refused ? 403 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api-${'5ec7e7'.repeat(6)}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
