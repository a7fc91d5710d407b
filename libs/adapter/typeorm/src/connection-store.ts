import {
  type Connection,
  type ConnectionPageQuery,
  ConnectionStore,
  type JoinOutcome,
  MAX_ROOMS_PER_CONNECTION,
  StorageUnavailable,
} from '@sendback/domain/connection';
import { chunksOf } from './chunks';
import type { Access, Database } from './database/database';
import { digest } from './digest';
import type { RoomMember } from './rows';

const REMOVED_AT_ONCE = 500;

/** In the tables `ConnectionID_List` (contract §6) and `ConnectionRoom` of an application database. */
export class TypeOrmConnectionStore extends ConnectionStore {
  private readonly database: Access;

  constructor(database: Database) {
    super();
    this.database = database.access(StorageUnavailable);
  }

  async add(connection: Connection): Promise<void> {
    await this.database.run(({ manager }) =>
      manager
        .createQueryBuilder()
        .insert()
        .into<Connection>('Connection')
        .values(connection)
        // Changes nothing: the portable way to say that the first one stays.
        .orUpdate(['ConnectionID'], ['ConnectionID'])
        .updateEntity(false)
        .execute(),
    );
  }

  async remove(connectionIds: readonly string[]): Promise<void> {
    for (const ids of chunksOf(connectionIds, REMOVED_AT_ONCE)) {
      await this.database.run(({ manager }) =>
        manager
          .createQueryBuilder()
          .delete()
          .from<Connection>('Connection')
          .where('ConnectionID IN (:...ids)', { ids })
          .execute(),
      );
    }
  }

  async find(connectionId: string): Promise<Connection | null> {
    return this.database.run(({ manager }) =>
      manager
        .createQueryBuilder<Connection>('Connection', 'c')
        .where('c.connectionId = :connectionId', { connectionId })
        .getOne(),
    );
  }

  async count(): Promise<number> {
    return this.database.run(({ manager }) =>
      manager.createQueryBuilder<Connection>('Connection', 'c').getCount(),
    );
  }

  async page({ after, upTo, room, limit }: ConnectionPageQuery): Promise<readonly Connection[]> {
    return this.database.run(({ manager }) => {
      const key = room === null ? 'c.connectionId' : 'm.connectionId';
      const query = manager.createQueryBuilder<Connection>('Connection', 'c');
      if (room !== null) {
        query.innerJoin('RoomMember', 'm', 'm.connectionId = c.connectionId AND m.roomKey = :roomKey', {
          roomKey: digest(room),
        });
      }
      query.where(`${key} > :after`, { after });
      if (upTo !== null) query.andWhere(`${key} <= :upTo`, { upTo });
      return query.orderBy(key).limit(limit).getMany();
    });
  }

  /** One statement decides, so that two joins at once cannot pass the limit, nor one a removal. */
  async join(connectionId: string, room: string): Promise<JoinOutcome> {
    const roomKey = digest(room);
    return this.database.run(async ({ change, rows, dialect }) => {
      const joined = await change(
        `INSERT INTO ConnectionRoom (RoomKey, ConnectionID, Room)
         SELECT ?, c.ConnectionID, ? FROM ConnectionID_List c WHERE c.ConnectionID = ? AND ? >
           (SELECT COUNT(*) FROM ConnectionRoom r WHERE r.ConnectionID = c.ConnectionID AND r.RoomKey <> ?)
         ${dialect.keep('ConnectionRoom', 'Room')}`,
        [roomKey, room, connectionId, MAX_ROOMS_PER_CONNECTION, roomKey],
      );
      if (joined > 0) return 'joined';
      const [now] = await rows(
        `SELECT r.RoomKey AS joined FROM ConnectionID_List c
         LEFT JOIN ConnectionRoom r ON r.ConnectionID = c.ConnectionID AND r.RoomKey = ? WHERE c.ConnectionID = ?`,
        [roomKey, connectionId],
      );
      if (!now) return 'gone';
      return now['joined'] === null ? 'full' : 'joined';
    });
  }

  async leave(connectionId: string, room: string): Promise<void> {
    await this.database.run(({ manager }) =>
      manager.getRepository<RoomMember>('RoomMember').delete({ roomKey: digest(room), connectionId }),
    );
  }
}
