import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';

/** Contents of PEM files. */
export interface TlsCredentials {
  /** The server's own certificate first, then those between it and its CA. */
  readonly cert: string;
  readonly key: string;
  /** With it, only clients with a certificate of one of these CAs get through the handshake. */
  readonly clientCa?: string;
}

/** The servers of one listener over TLS 1.2 or later; there are several where a host name has several addresses. */
export class TlsServers {
  private readonly servers: Server[] = [];
  /** TCP connections, from before their handshake on: HTTP knows of those behind it only. */
  private readonly sockets = new Set<Socket>();

  /** @param handshakeTimeoutMs from the connection to the end of its handshake, in milliseconds */
  constructor(
    private credentials: TlsCredentials,
    private readonly handshakeTimeoutMs: number,
  ) {}

  /** @throws Error of OpenSSL when certificate and key cannot be read, or do not belong together */
  create(handler: RequestListener, options: ServerOptions): Server {
    const { handshakeTimeoutMs: handshakeTimeout, credentials } = this;
    const requestCert = credentials.clientCa !== undefined;
    const server = createServer(
      { ...options, ...contextOf(credentials), handshakeTimeout, requestCert },
      handler,
    );
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    // There is no way to tell them anything, and nobody else ends a handshake that takes too long.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.servers.push(server);
    return server;
  }

  /**
   * For connections from now on; those there are stay as they are. When it throws, all is as before.
   * @throws Error of OpenSSL, see {@link create}
   */
  reload(credentials: TlsCredentials): void {
    if ((credentials.clientCa === undefined) !== (this.credentials.clientCa === undefined)) {
      throw new Error('whether clients need a certificate is decided at the start');
    }
    for (const server of this.servers) server.setSecureContext(contextOf(credentials));
    this.credentials = credentials;
  }

  /** Cuts every connection there still is. */
  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

function contextOf({ cert, key, clientCa }: TlsCredentials): ServerOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa !== undefined && { ca: clientCa }) };
}
