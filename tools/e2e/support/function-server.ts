import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FunctionEvent {
  readonly requestContext: { readonly requestId: string };
  readonly websocket: Readonly<Record<string, string>>;
}

type Name = 'register' | 'transfer' | 'cleanup';

/** As a gateway is configured with a function. */
interface FunctionSetting {
  readonly url: string;
  readonly timeout: number;
}

/** Three functions behind URLs, in the hands of a test. Each keeps its events in the order in which they came. */
export class FunctionServer {
  readonly events: Record<Name, FunctionEvent[]> = { register: [], transfer: [], cleanup: [] };
  /** What a function does instead of answering `null` (registration: accepting). */
  readonly behaviour: Partial<Record<Name, (event: FunctionEvent, response: ServerResponse) => void>> = {};
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const name = (request.url ?? '').slice(1) as Name;
        const event = JSON.parse(Buffer.concat(chunks).toString()) as FunctionEvent;
        this.events[name].push(event);
        const answer = name === 'register' ? '{"errNo":0,"errMsg":"ok"}' : 'null';
        const behaviour = this.behaviour[name];
        if (behaviour) behaviour(event, response);
        else response.end(answer);
      });
    });
  }

  static async start(): Promise<FunctionServer> {
    const functions = new FunctionServer();
    await new Promise<void>((resolve) => functions.server.listen(0, '127.0.0.1', resolve));
    return functions;
  }

  /** `functions` of an API. */
  get settings(): Readonly<Record<Name, FunctionSetting>> {
    const { port } = this.server.address() as AddressInfo;
    const setting = (name: Name): FunctionSetting => ({
      url: `http://127.0.0.1:${port}/${name}`,
      timeout: 30,
    });
    return { register: setting('register'), transfer: setting('transfer'), cleanup: setting('cleanup') };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
