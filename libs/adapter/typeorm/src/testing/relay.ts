import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port that leads to a server, or to nothing. */
export class Relay {
  private server: Server | null = null;
  private port = 0;
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
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** From now on nothing passes, though nothing is closed either: as when a network swallows packets. */
  swallow(): void {
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
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
    client.pipe(upstream).pipe(client);
  }
}
