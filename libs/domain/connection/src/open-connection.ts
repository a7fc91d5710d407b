import { type Clock } from '@sendback/domain/runtime';
import { type ConnectionStore } from './connection-store.port';

/** Registration (contract §1): a connection is recorded before the gateway accepts it. Harmless when repeated. */
export class OpenConnection {
  /** @param pushAddress the reverse push address that reaches the connections of this deployment */
  constructor(
    private readonly connections: ConnectionStore,
    private readonly clock: Clock,
    private readonly pushAddress: string,
  ) {}

  /** @throws StorageUnavailable: the connection must then be refused */
  async execute(connectionId: string): Promise<void> {
    await this.connections.add({ connectionId, pushAddress: this.pushAddress, openedAt: this.clock.now() });
  }
}
