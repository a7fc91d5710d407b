import { type Clock } from '@sendback/domain/runtime';
import { type ConnectPolicy, type ConnectRequest } from './connect-policy.port';
import { type ConnectionStore } from './connection-store.port';

/** Registration (contract §1): a connection is recorded before the gateway accepts it. Harmless when repeated. */
export class OpenConnection {
  /** @param pushAddress the reverse push address that reaches the connections of this deployment */
  constructor(
    private readonly policy: ConnectPolicy,
    private readonly connections: ConnectionStore,
    private readonly clock: Clock,
    private readonly pushAddress: string,
  ) {}

  /**
   * @throws NotPermitted
   * @throws PolicyUnavailable
   * @throws StorageUnavailable: the connection must then be refused
   */
  async execute(request: ConnectRequest): Promise<void> {
    const { userId } = await this.policy.admit(request);
    await this.connections.add({
      connectionId: request.connectionId,
      pushAddress: this.pushAddress,
      userId,
      openedAt: this.clock.now(),
    });
  }
}
