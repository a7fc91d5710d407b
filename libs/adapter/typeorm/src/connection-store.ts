import {
  type Connection,
  type ConnectionGroupsQuery,
  type ConnectionPageQuery,
  ConnectionStore,
  type JoinOutcome,
  MAX_ROOMS_PER_CONNECTION,
  StorageUnavailable,
} from '@sendback/domain/connection';
import { chunksOf } from './chunks';
import type { Access, Database } from './database/database';
import { marks, type Row, type Session } from './database/session';
import { digest } from './digest';
import { deleteFrom } from './delete-from';
import type { RoomMember } from './rows';
import { dateTime, timeOf } from './transformers';

const IDS_AT_ONCE = 500;

// Read without the ORM, whose making of entities takes twice as long as the query: a broadcast reads every connection.
const SELECT =
  'SELECT c.ConnectionID AS connectionId, c.PushAddress AS pushAddress, c.UserID AS userId, c.Date AS openedAt';
const LIST = 'ConnectionID_List c';
const MEMBERS = 'ConnectionRoom m JOIN ConnectionID_List c ON c.ConnectionID = m.ConnectionID';

/** In the tables `ConnectionID_List` (contract §6) and `ConnectionRoom` of an application database. */
export class TypeOrmConnectionStore extends ConnectionStore {
  private readonly database: Access;
  private readonly insert: (connection: Connection) => Promise<void>;
  private readonly delete: (connectionId: string) => Promise<void>;

  constructor(database: Database) {
    super();
    this.database = database.access(StorageUnavailable);
    this.insert = this.database.joined(insert);
    this.delete = this.database.joined(deleteFrom('ConnectionID_List'));
  }

  async add(connection: Connection): Promise<void> {
    await this.insert(connection);
  }

  async remove(connectionIds: readonly string[]): Promise<void> {
    for (const ids of chunksOf(connectionIds, IDS_AT_ONCE)) await Promise.all(ids.map(this.delete));
  }

  async find(connectionId: string): Promise<Connection | null> {
    const [row] = await this.database.run(({ rows }) =>
      rows(`${SELECT} FROM ${LIST} WHERE c.ConnectionID = ?`, [connectionId]),
    );
    return row ? connectionOf(row) : null;
  }

  async findAll(connectionIds: readonly string[]): Promise<readonly Connection[]> {
    const found: Connection[] = [];
    for (const ids of chunksOf([...new Set(connectionIds)], IDS_AT_ONCE)) {
      const page = await this.database.run(({ rows }) =>
        rows(`${SELECT} FROM ${LIST} WHERE c.ConnectionID IN (${marks(ids)})`, ids),
      );
      found.push(...page.map(connectionOf));
    }
    return found;
  }

  async roomsOf(connectionId: string): Promise<readonly string[]> {
    const found = await this.database.run(({ rows }) =>
      rows('SELECT Room AS room FROM ConnectionRoom WHERE ConnectionID = ?', [connectionId]),
    );
    return found.map(({ room }) => String(room));
  }

  async count(): Promise<number> {
    const [row] = await this.database.run(({ rows }) =>
      rows('SELECT COUNT(*) AS connections FROM ConnectionID_List'),
    );
    return Number(row?.['connections']);
  }

  async page({ after, upTo, room, userId, limit }: ConnectionPageQuery): Promise<readonly Connection[]> {
    const inRoom = room === null ? [] : [digest(room)];
    const source = room === null ? `${LIST} WHERE` : `${MEMBERS} WHERE m.RoomKey = ? AND`;
    const key = room === null ? 'c.ConnectionID' : 'm.ConnectionID';
    const toTheEnd = upTo === null ? [] : [upTo];
    const ofUser = userId === null ? [] : [userId];
    const range = `${key} > ? ${upTo === null ? '' : `AND ${key} <= ?`} ${userId === null ? '' : 'AND c.UserID = ?'}`;
    const found = await this.database.run(({ rows }) =>
      rows(`${SELECT} FROM ${source} ${range} ORDER BY ${key} LIMIT ?`, [
        ...inRoom,
        after,
        ...toTheEnd,
        ...ofUser,
        limit,
      ]),
    );
    return found.map(connectionOf);
  }

  async groups({
    by,
    names,
    limit,
  }: ConnectionGroupsQuery): Promise<ReadonlyMap<string, readonly Connection[]>> {
    const nameOf = new Map(names.map((name) => [by === 'room' ? digest(name) : name, name]));
    const keys = [...nameOf.keys()];
    if (keys.length === 0) return new Map();
    const [key, source] = by === 'room' ? ['m.RoomKey', `${MEMBERS} WHERE`] : ['c.UserID', `${LIST} WHERE`];
    const found = await this.database.run(({ rows }) =>
      rows(
        `${SELECT}, ${key} AS groupKey FROM ${source} ${key} IN (${marks(keys)}) ORDER BY ${key} LIMIT ?`,
        [...keys, limit + 1],
      ),
    );
    const last = found.length > limit ? found.at(-1)?.['groupKey'] : null;
    // The last one's group may go on, and those behind it are not in sight.
    const whole =
      last === null ? keys : found.map(({ groupKey }) => String(groupKey)).filter((of) => of !== last);
    const groups = new Map<string, Connection[]>(whole.map((of) => [nameOf.get(of) ?? of, []]));
    for (const row of found) groups.get(nameOf.get(String(row['groupKey'])) ?? '')?.push(connectionOf(row));
    return groups;
  }

  /** One statement decides, so that two joins at once cannot pass the limit, nor one a removal. */
  async join(connectionId: string, room: string): Promise<JoinOutcome> {
    const roomKey = digest(room);
    return this.database.run(async ({ change, rows, dialect }) => {
      const joined = await change(
        `INSERT INTO ConnectionRoom (RoomKey, ConnectionID, Room)
         SELECT ?, c.ConnectionID, ? FROM ConnectionID_List c WHERE c.ConnectionID = ? AND ? >
           (SELECT COUNT(*) FROM ConnectionRoom r WHERE r.ConnectionID = c.ConnectionID)
         ${dialect.keep('ConnectionRoom', 'Room')}`,
        [roomKey, room, connectionId, MAX_ROOMS_PER_CONNECTION],
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

/** The first one of an id stays. Without the ORM, whose making of the statement takes longer than the statement. */
async function insert(
  { change, dialect }: Session,
  connections: readonly Connection[],
): Promise<readonly undefined[]> {
  const rows = connections.map(({ connectionId, pushAddress, userId, openedAt }) => {
    return [connectionId, pushAddress, userId, dateTime(openedAt)];
  });
  await change(
    `INSERT INTO ConnectionID_List (ConnectionID, PushAddress, UserID, Date)
     VALUES ${rows.map((row) => `(${marks(row)})`).join(', ')} ${dialect.keep('ConnectionID_List', 'ConnectionID')}`,
    rows.flat(),
  );
  return [];
}

function connectionOf({ connectionId, pushAddress, userId, openedAt }: Row): Connection {
  return {
    connectionId: String(connectionId),
    pushAddress: typeof pushAddress === 'string' ? pushAddress : null,
    userId: typeof userId === 'string' ? userId : null,
    openedAt: timeOf(openedAt),
  };
}
