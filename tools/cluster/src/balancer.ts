import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP load balancer: each connection goes to the next of the ports, on 127.0.0.1, and to another one where nobody
 * listens.
 */
export class Balancer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private turn = 0;

  constructor(private readonly ports: readonly number[]) {
    this.server = createServer((socket) => void this.forward(socket));
  }

  /** Listens on 127.0.0.1. @param port 0 is any free one */
  async start(port: number): Promise<number> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts what goes through it. */
  async stop(): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : null;
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async forward(from: Socket): Promise<void> {
    this.keep(from);
    const to = await this.reach();
    if (!to || from.destroyed) {
      from.destroy();
      to?.destroy();
      return;
    }
    this.keep(to);
    from.once('close', () => to.destroy());
    to.once('close', () => from.destroy());
    from.pipe(to).pipe(from);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket.setNoDelay(true));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }

  private async reach(): Promise<Socket | null> {
    const first = this.turn++;
    for (let tried = 0; tried < this.ports.length; tried++) {
      const port = this.ports[(first + tried) % this.ports.length] ?? 0;
      const socket = connect(port, '127.0.0.1');
      try {
        await once(socket, 'connect');
        return socket;
      } catch {
        socket.destroy();
      }
    }
    return null;
  }
}
