import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port that leads to a server, or to nothing. */
export class Relay {
  private server: Server | null = null;
  port = 0;
  private swallowing = false;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly to: { readonly host: string; readonly port: number }) {}

  /** A port on which nobody answers until `open`. */
  async reserve(): Promise<number> {
    await this.open();
    await this.close();
    return this.port;
  }

  async open(): Promise<void> {
    const server = createServer((client) => this.pipe(client, connect(this.to)));
    this.server = server;
    this.port = await listen(server, this.port);
  }

  /** While it swallows, nothing passes and nothing is closed, as when a network loses every packet. */
  swallow(): void {
    this.swallowing = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** Serves those who connect from now on. */
  recover(): void {
    this.swallowing = false;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const { server } = this;
    this.server = null;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  private pipe(client: Socket, upstream: Socket): void {
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.sockets.delete(socket));
    }
    if (!this.swallowing) client.pipe(upstream).pipe(client);
  }
}

/**
 * Systems take the ports of outgoing connections from 32768 on. One below stays free while nobody listens on it, and is
 * not given to who connects to it meanwhile.
 */
async function listen(server: Server, port: number): Promise<number> {
  for (;;) {
    server.listen(port || randomInt(20_000, 32_768), '127.0.0.1');
    try {
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if (port) throw error;
    }
  }
}
