import {
  type Connection,
  type ConnectionGroupsQuery,
  type ConnectionPageQuery,
  ConnectionStore,
  type JoinOutcome,
} from './connection-store.port';
import { MAX_ROOMS_PER_CONNECTION } from './room';

export class MemoryConnectionStore extends ConnectionStore {
  private readonly connections = new Map<string, Connection>();
  private readonly rooms = new Map<string, Set<string>>();

  async add(connection: Connection): Promise<void> {
    if (this.connections.has(connection.connectionId)) return;
    this.connections.set(connection.connectionId, connection);
    this.rooms.set(connection.connectionId, new Set());
  }

  async remove(connectionIds: readonly string[]): Promise<void> {
    for (const id of connectionIds) {
      this.connections.delete(id);
      this.rooms.delete(id);
    }
  }

  async find(connectionId: string): Promise<Connection | null> {
    return this.connections.get(connectionId) ?? null;
  }

  async findAll(connectionIds: readonly string[]): Promise<readonly Connection[]> {
    return [...new Set(connectionIds)].flatMap((id) => this.connections.get(id) ?? []);
  }

  async roomsOf(connectionId: string): Promise<readonly string[]> {
    return [...(this.rooms.get(connectionId) ?? [])];
  }

  async count(): Promise<number> {
    return this.connections.size;
  }

  async page({ after, upTo, room, userId, limit }: ConnectionPageQuery): Promise<readonly Connection[]> {
    return [...this.connections.values()]
      .filter(({ connectionId: id }) => id > after && (upTo === null || id <= upTo))
      .filter(({ connectionId: id }) => room === null || this.rooms.get(id)?.has(room))
      .filter((connection) => userId === null || connection.userId === userId)
      .sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1))
      .slice(0, limit);
  }

  async groups({
    by,
    names,
    limit,
  }: ConnectionGroupsQuery): Promise<ReadonlyMap<string, readonly Connection[]>> {
    const groups = new Map<string, readonly Connection[]>();
    let left = limit;
    for (const name of new Set(names)) {
      const group = [...this.connections.values()].filter(({ connectionId, userId }) =>
        by === 'user' ? userId === name : this.rooms.get(connectionId)?.has(name),
      );
      if (group.length > left) continue;
      left -= group.length;
      groups.set(name, group);
    }
    return groups;
  }

  async join(connectionId: string, room: string): Promise<JoinOutcome> {
    const rooms = this.rooms.get(connectionId);
    if (!rooms) return 'gone';
    if (!rooms.has(room) && rooms.size >= MAX_ROOMS_PER_CONNECTION) return 'full';
    rooms.add(room);
    return 'joined';
  }

  async leave(connectionId: string, room: string): Promise<void> {
    this.rooms.get(connectionId)?.delete(room);
  }
}
