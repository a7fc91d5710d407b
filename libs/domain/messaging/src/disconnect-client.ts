import type { ConnectionStore } from '@sendback/domain/connection';
import { PushFailed } from './actions/send-action';
import type { Pusher } from './pusher.port';

/** Closes a client's connection for the application. Its cleanup follows as after every end (contract §3, §4). */
export class DisconnectClient {
  constructor(
    private readonly connections: ConnectionStore,
    private readonly pusher: Pusher,
  ) {}

  /**
   * False when there is no such connection; a record of one that is gone is removed.
   * @throws PushFailed when it is not known whether it was closed: repeating it is safe
   * @throws StorageUnavailable
   */
  async execute(connectionId: string): Promise<boolean> {
    const connection = await this.connections.find(connectionId);
    if (!connection) return false;
    const recipients = { pushAddress: connection.pushAddress, connectionIds: [connectionId] };
    const { gone, failed } = await this.pusher.disconnect(recipients);
    if (failed[0]) throw new PushFailed(`the gateway could not be reached: ${failed[0].reason}`);
    if (gone.length > 0) await this.connections.remove([connectionId]);
    return gone.length === 0;
  }
}
