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
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
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
