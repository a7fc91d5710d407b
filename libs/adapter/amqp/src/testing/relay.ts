import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port of this machine that leads to a server, or to nothing. */
export class Relay {
  private server: Server | null = null;
  port = 0;
  /** How many have connected so far. */
  accepted = 0;
  private frozen = false;
  private readonly pairs = new Map<Socket, Socket>();
  private readonly clients = new Set<Socket>();

  constructor(private readonly to: { readonly host: string; readonly port: number }) {}

  get connected(): number {
    return this.clients.size;
  }

  /** A port on which nobody answers until `open`. */
  async reserve(): Promise<void> {
    await this.open();
    await this.close();
  }

  async open(): Promise<void> {
    const server = createServer((client) => this.pipe(client, connect(this.to)));
    this.server = server;
    this.port = await listen(server, this.port);
  }

  /** Nothing passes and nothing is closed, as when a process stands still or a network loses every packet. */
  freeze(): void {
    this.frozen = true;
    for (const socket of this.pairs.keys()) socket.pause();
  }

  /** What was held back passes, and what was closed meanwhile closes. */
  thaw(): void {
    this.frozen = false;
    for (const [socket, other] of this.pairs) {
      if (other.destroyed) socket.destroy();
      else socket.resume();
    }
  }

  /** Says something to every client as if the server had said it. */
  say(bytes: Buffer): void {
    for (const client of this.clients) client.write(bytes);
  }

  /** Every connection is lost at once. */
  cut(): void {
    for (const socket of this.pairs.keys()) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.pairs.keys()) socket.destroy();
    const { server } = this;
    this.server = null;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  private pipe(client: Socket, upstream: Socket): void {
    this.accepted++;
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
    this.join(client, upstream);
    this.join(upstream, client);
  }

  private join(from: Socket, to: Socket): void {
    this.pairs.set(from, to);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => undefined);
    from.on('close', () => {
      this.pairs.delete(from);
      // Whoever is frozen learns of it when it is thawed.
      if (!this.frozen) to.destroy();
    });
    if (this.frozen) from.pause();
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
