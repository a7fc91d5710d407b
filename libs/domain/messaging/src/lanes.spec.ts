import { laneOf, laneRange, lanesOf } from './lanes';

describe('lanes', () => {
  it('take a broadcast to all on every lane, and one to a room on one lane', () => {
    expect(lanesOf({ kind: 'all', except: null }, 4)).toEqual([0, 1, 2, 3]);
    expect(lanesOf({ kind: 'room', room: 'lobby', except: 'a' }, 4)).toHaveLength(1);
  });

  it('keep a room on its lane, whoever sends, and spread rooms', () => {
    const lane = (room: string, except: string | null): number =>
      lanesOf({ kind: 'room', room, except }, 8)[0] ?? -1;
    expect(lane('lobby', 'a')).toBe(lane('lobby', null));
    const used = new Set(Array.from({ length: 200 }, (_, i) => lane(`room ${i}`, null)));
    expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('take what is for connections on the lanes that serve them, and what is for a user on one', () => {
    const connectionIds = ['ffff', '0000', 'fffe', '5000'];
    expect(lanesOf({ kind: 'connections', connectionIds, except: null }, 4)).toEqual([0, 1, 3]);
    expect(lanesOf({ kind: 'user', userId: 'ann', except: null }, 4)).toHaveLength(1);
  });

  it.each([1, 2, 3, 7, 8])('cover every id exactly once with %i ranges', (lanes) => {
    const ids = ['!', '0', '1fff', '2000', '2000a', '3', '8000', 'abcdef', 'ffff', 'ffffffff', 'xYz==', '~'];
    for (const id of ids) {
      const owners = Array.from({ length: lanes }, (_, lane) => laneRange(lane, lanes)).filter(
        ({ after, upTo }) => id > after && (upTo === null || id <= upTo),
      );
      expect([id, owners]).toEqual([id, [laneRange(laneOf(id, lanes), lanes)]]);
    }
  });
});
