import { randomBytes } from 'node:crypto';
import { type ConnectionStore } from '@sendback/domain/connection';
import { lanesOf } from '@sendback/domain/messaging';

/** Names of rooms, a list for each lane. */
export type Rooms = readonly (readonly string[])[];

/** As many rooms on each lane, all with as many members, who are in no other room and whose rows name no push address. */
export async function makeRooms(
  connections: ConnectionStore,
  lanes: number,
  roomsALane: number,
  members: number,
): Promise<Rooms> {
  const rooms = namedForLanes(lanes, roomsALane);
  const fill = async (room: string): Promise<void> => {
    for (let member = 0; member < members; member++) {
      const connectionId = randomBytes(16).toString('hex');
      await connections.add({ connectionId, pushAddress: null, userId: null, openedAt: Date.now() });
      await connections.join(connectionId, room);
    }
  };
  for (const lane of rooms) await Promise.all(lane.map(fill));
  return rooms;
}

function namedForLanes(lanes: number, roomsALane: number): Rooms {
  const rooms: string[][] = Array.from({ length: lanes }, () => []);
  for (let n = 0; rooms.some(({ length }) => length < roomsALane); n++) {
    const room = `room ${n}`;
    const [lane = 0] = lanesOf({ kind: 'room', room, except: null }, lanes);
    const named = rooms[lane];
    if (named && named.length < roomsALane) named.push(room);
  }
  return rooms;
}
