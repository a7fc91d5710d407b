import { type ConnectionStore } from './connection-store.port';

/** Cleanup (contract §3): the record and its room memberships go. Harmless when repeated or unknown. */
export class CloseConnection {
  constructor(private readonly connections: ConnectionStore) {}

  /** @throws StorageUnavailable */
  async execute(connectionId: string): Promise<void> {
    await this.connections.remove([connectionId]);
  }
}
