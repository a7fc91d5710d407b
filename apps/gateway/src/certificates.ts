import { readTlsFiles, type TlsPem } from '@sendback/adapter/node';
import type { NodeTls } from '@sendback/adapter/websocket';
import type { ServerSettings } from './config/gateway-schema';

/** What the PEM files that the configuration names hold. */
export class Certificates {
  /** Null where a listener is without TLS. */
  clients: TlsPem | null = null;
  pushes: TlsPem | null = null;

  /** @throws ConfigError */
  constructor(
    private readonly listen: Pick<ServerSettings['listen'], 'tls'>,
    private readonly reversePush: Pick<ServerSettings['reversePush'], 'tls'>,
  ) {
    this.read();
  }

  /** How this gateway meets the push listeners of others: with its own certificate. */
  get nodes(): NodeTls | null {
    if (!this.pushes) return null;
    const { cert, key, clientCa, ca = clientCa } = this.pushes;
    return { cert, key, ...(ca !== undefined && { ca }) };
  }

  /** By listener. */
  get chains(): Readonly<Record<string, string>> {
    return {
      ...(this.clients && { clients: this.clients.cert }),
      ...(this.pushes && { pushes: this.pushes.cert }),
    };
  }

  /** Reads all of them anew. @throws ConfigError, and then all is as before */
  read(): void {
    const { listen, reversePush } = this;
    const clients = listen.tls ? readTlsFiles('listen.tls', listen.tls) : null;
    const pushes = reversePush.tls ? readTlsFiles('reversePush.tls', reversePush.tls) : null;
    this.clients = clients;
    this.pushes = pushes;
  }
}
