import { type Connection, type ConnectionStore, MAX_GROUPS } from './connection-store.port';
import { MAX_ROOMS_PER_CONNECTION } from './room';

const connection = (
  connectionId: string,
  pushAddress: string | null = 'http://push/api',
  userId: string | null = null,
): Connection => ({
  connectionId,
  pushAddress,
  userId,
  openedAt: 1_700_000_000_123,
});

const ids = (page: readonly Connection[]): string[] => page.map(({ connectionId }) => connectionId);

/**
 * What every ConnectionStore promises.
 * @param open gives an empty store and what closes it
 */
export function connectionStoreContract(
  name: string,
  open: () => Promise<{ store: ConnectionStore; close: () => Promise<void> }>,
): void {
  describe(`ConnectionStore on ${name}`, () => {
    let store: ConnectionStore;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    const addAll = async (...all: string[]): Promise<void> => {
      for (const id of all) await store.add(connection(id));
    };
    const page = async (query: Partial<Parameters<ConnectionStore['page']>[0]> = {}): Promise<string[]> =>
      ids(await store.page({ after: '', upTo: null, room: null, userId: null, limit: 100, ...query }));
    const addFor = (userId: string, ...all: string[]): Promise<unknown> =>
      Promise.all(all.map((id) => store.add(connection(id, 'http://push/api', userId))));

    it('gives back what was recorded', async () => {
      await store.add(connection('a'));
      expect(await store.find('a')).toEqual(connection('a'));
    });

    it('keeps an unknown push address as null', async () => {
      await store.add(connection('a', null));
      expect(await store.find('a')).toEqual(connection('a', null));
    });

    it('finds nothing for an unknown id', async () => {
      expect(await store.find('nobody')).toBeNull();
    });

    it('leaves a connection that is recorded twice as it was first', async () => {
      await store.add(connection('a', 'http://first'));
      await store.join('a', 'lobby');
      await store.add(connection('a', 'http://second'));
      expect(await store.find('a')).toEqual(connection('a', 'http://first'));
      expect(await store.count()).toBe(1);
      expect(await page({ room: 'lobby' })).toEqual(['a']);
    });

    it('records the same connection once when many do so at the same time', async () => {
      await Promise.all(Array.from({ length: 20 }, () => store.add(connection('a'))));
      expect(await store.count()).toBe(1);
    });

    it('counts connections', async () => {
      await addAll('a', 'b', 'c');
      await store.remove(['b']);
      expect(await store.count()).toBe(2);
    });

    it('removes a connection with its memberships', async () => {
      await addAll('a', 'b');
      await store.join('a', 'lobby');
      await store.join('b', 'lobby');
      await store.remove(['a']);
      await store.add(connection('a'));
      expect(await page({ room: 'lobby' })).toEqual(['b']);
    });

    it('takes the removal of ids that are unknown, or of none', async () => {
      await addAll('a');
      await store.remove(['nobody']);
      await store.remove([]);
      expect(await page()).toEqual(['a']);
    });

    it('removes thousands at once', async () => {
      const all = Array.from({ length: 2_500 }, (_, i) => i.toString(16).padStart(6, '0'));
      for (let at = 0; at < all.length; at += 100)
        await Promise.all(all.slice(at, at + 100).map((id) => store.add(connection(id))));
      await store.remove(all.slice(1));
      expect(await page()).toEqual([all[0]]);
    });

    it('pages through every connection once, in ascending order', async () => {
      const all = Array.from({ length: 25 }, (_, i) => i.toString(16).padStart(4, '0'));
      await addAll(...[...all].reverse());
      const seen: string[] = [];
      for (let after = '', more = true; more;) {
        const next = await page({ after, limit: 10 });
        seen.push(...next);
        more = next.length === 10;
        after = next.at(-1) ?? after;
      }
      expect(seen).toEqual(all);
    });

    it('pages within a range that excludes its start and includes its end', async () => {
      await addAll('1', '2', '3', '4');
      expect(await page({ after: '1', upTo: '3' })).toEqual(['2', '3']);
    });

    it('pages through the members of one room only', async () => {
      await addAll('1', '2', '3', '4');
      for (const id of ['1', '2', '4']) await store.join(id, 'lobby');
      await store.join('3', 'kitchen');
      expect(await page({ room: 'lobby' })).toEqual(['1', '2', '4']);
      expect(await page({ room: 'lobby', after: '1', upTo: '2' })).toEqual(['2']);
      expect(await page({ room: 'lobby', limit: 2 })).toEqual(['1', '2']);
      expect(await page({ room: 'nowhere' })).toEqual([]);
    });

    it('gives the whole connection in a page of a room', async () => {
      await store.add(connection('a'));
      await store.join('a', 'lobby');
      const query = { after: '', upTo: null, room: 'lobby', userId: null, limit: 1 };
      expect(await store.page(query)).toEqual([connection('a')]);
    });

    it('pages through the connections of one user only', async () => {
      await addFor('ann', '1', '3', '4');
      await addFor('bob', '2');
      await addAll('5');
      expect(await page({ userId: 'ann' })).toEqual(['1', '3', '4']);
      expect(await page({ userId: 'ann', after: '1', upTo: '3' })).toEqual(['3']);
      expect(await page({ userId: 'ann', limit: 2 })).toEqual(['1', '3']);
      expect(await page({ userId: 'nobody' })).toEqual([]);
    });

    it('pages through the connections of one user in one room', async () => {
      await addFor('ann', '1', '2');
      await addFor('bob', '3');
      for (const id of ['2', '3']) await store.join(id, 'lobby');
      expect(await page({ userId: 'ann', room: 'lobby' })).toEqual(['2']);
    });

    it('gives the whole connection of a user', async () => {
      await addFor('ann', 'a');
      expect(await store.find('a')).toEqual(connection('a', 'http://push/api', 'ann'));
    });

    it.each([
      ['case', 'Ann', 'ann'],
      ['accents', 'René', 'Rene'],
      ['normal forms', 'caf\u00e9', 'cafe\u0301'],
      ['script', 'ann', 'аnn'],
    ])('tells users apart by %s', async (_, one, other) => {
      await addFor(one, 'a');
      await addFor(other, 'b');
      expect([await page({ userId: one }), await page({ userId: other })]).toEqual([['a'], ['b']]);
    });

    it('takes a user id of the greatest length, in any script', async () => {
      const userId = '𠮷'.repeat(128);
      await addFor(userId, 'a');
      expect(await page({ userId })).toEqual(['a']);
      expect((await store.find('a'))?.userId).toBe(userId);
    });

    describe('asked for several groups at once', () => {
      const groups = async (
        by: 'room' | 'user',
        names: readonly string[],
        limit = 100,
      ): Promise<Record<string, string[]>> => {
        const found = await store.groups({ by, names, limit });
        return Object.fromEntries([...found].map(([name, group]) => [name, ids(group).sort()]));
      };
      const fill = async (room: string, ...members: string[]): Promise<void> => {
        await addAll(...members);
        for (const id of members) await store.join(id, room);
      };

      it('gives the members of each room, and of no other', async () => {
        await fill('lobby', '1', '2');
        await fill('kitchen', '2', '3');
        await fill('cellar', '4');
        expect(await groups('room', ['lobby', 'kitchen'])).toEqual({
          lobby: ['1', '2'],
          kitchen: ['2', '3'],
        });
      });

      it('gives the connections of each user, and of no other', async () => {
        await addFor('ann', '1', '3');
        await addFor('bob', '2');
        await addFor('cat', '4');
        await addAll('5');
        expect(await groups('user', ['ann', 'cat'])).toEqual({ ann: ['1', '3'], cat: ['4'] });
      });

      it('gives none for a name that is unknown, and the same for one that is named twice', async () => {
        await fill('lobby', '1');
        expect(await groups('room', ['lobby', 'nowhere', 'lobby'])).toEqual({ lobby: ['1'], nowhere: [] });
        expect(await groups('user', ['nobody'])).toEqual({ nobody: [] });
        expect(await groups('room', [])).toEqual({});
      });

      it('gives whole connections', async () => {
        await addFor('ann', '1');
        await store.join('1', 'lobby');
        const whole = [connection('1', 'http://push/api', 'ann')];
        expect((await store.groups({ by: 'room', names: ['lobby'], limit: 1 })).get('lobby')).toEqual(whole);
        expect((await store.groups({ by: 'user', names: ['ann'], limit: 1 })).get('ann')).toEqual(whole);
      });

      it('leaves out what the limit has no room for, and cuts nothing short', async () => {
        const rooms = ['lobby', 'kitchen', 'cellar'];
        for (const [index, room] of rooms.entries()) await fill(room, `${index}a`, `${index}b`, `${index}c`);
        for (const [limit, fitting] of [
          [2, 0],
          [3, 1],
          [8, 2],
          [9, 3],
        ] as const) {
          const found = await groups('room', rooms, limit);
          expect(Object.values(found).map(({ length }) => length)).toEqual(Array(fitting).fill(3));
        }
      });

      it.each([
        ['case', 'Lobby', 'lobby'],
        ['accents', 'café', 'cafe'],
        ['normal forms', 'caf\u00e9', 'cafe\u0301'],
      ])('tells rooms and users apart by %s', async (_, one, other) => {
        await addFor(one, '1');
        await addFor(other, '2');
        await store.join('1', one);
        await store.join('2', other);
        for (const by of ['room', 'user'] as const) {
          expect(await groups(by, [one, other])).toEqual({ [one]: ['1'], [other]: ['2'] });
          expect(await groups(by, [other])).toEqual({ [other]: ['2'] });
        }
      });

      it('takes as many names as it says', async () => {
        const rooms = Array.from({ length: MAX_GROUPS }, (_, n) => `room ${n}`);
        await fill('room 7', '1');
        const found = await groups('room', rooms);
        expect(Object.keys(found)).toHaveLength(MAX_GROUPS);
        expect(found['room 7']).toEqual(['1']);
      });
    });

    it('finds those of many that are recorded', async () => {
      const all = Array.from({ length: 1_200 }, (_, i) => i.toString(16).padStart(6, '0'));
      for (let at = 0; at < 600; at += 100)
        await Promise.all(all.slice(at, at + 100).map((id) => store.add(connection(id))));
      expect(ids(await store.findAll(all)).sort()).toEqual(all.slice(0, 600));
      expect(await store.findAll([])).toEqual([]);
      expect(await store.findAll(['000000', '000000'])).toEqual([connection('000000')]);
    });

    it('knows the rooms that a connection is in', async () => {
      await addAll('a', 'b');
      for (const room of ['lobby', 'café ']) await store.join('a', room);
      expect([...(await store.roomsOf('a'))].sort()).toEqual(['café ', 'lobby']);
      expect(await store.roomsOf('b')).toEqual([]);
      expect(await store.roomsOf('nobody')).toEqual([]);
    });

    it('joins once however often it is asked', async () => {
      await addAll('a');
      expect(await Promise.all([store.join('a', 'lobby'), store.join('a', 'lobby')])).toEqual([
        'joined',
        'joined',
      ]);
      expect(await store.join('a', 'lobby')).toBe('joined');
      expect(await page({ room: 'lobby' })).toEqual(['a']);
    });

    it('lets nobody in who is not recorded, and leaves nothing behind', async () => {
      expect(await store.join('a', 'lobby')).toBe('gone');
      await addAll('a');
      expect(await page({ room: 'lobby' })).toEqual([]);
    });

    it('says full at the limit of rooms, and still knows the rooms before', async () => {
      await addAll('a', 'b');
      for (let i = 0; i < MAX_ROOMS_PER_CONNECTION; i++) await store.join('a', `room ${i}`);
      expect(await store.join('a', 'one more')).toBe('full');
      expect(await store.join('a', 'room 0')).toBe('joined');
      expect(await store.join('b', 'one more')).toBe('joined');
      await store.leave('a', 'room 0');
      expect(await store.join('a', 'one more')).toBe('joined');
    });

    it('leaves one room and stays in the others', async () => {
      await addAll('a');
      await store.join('a', 'lobby');
      await store.join('a', 'kitchen');
      await store.leave('a', 'lobby');
      expect(await page({ room: 'lobby' })).toEqual([]);
      expect(await page({ room: 'kitchen' })).toEqual(['a']);
    });

    it('takes leaving a room one is not in', async () => {
      await addAll('a');
      await store.leave('a', 'lobby');
      await store.leave('nobody', 'lobby');
      expect(await store.count()).toBe(1);
    });

    it.each([
      ['case', 'Lobby', 'lobby'],
      ['accents', 'café', 'cafe'],
      ['trailing spaces', 'lobby ', 'lobby'],
      ['normal forms', 'caf\u00e9', 'cafe\u0301'],
      ['a NUL', 'lob\u0000by', 'lob'],
    ])('tells rooms apart by %s', async (_, one, other) => {
      await addAll('a', 'b');
      await store.join('a', one);
      await store.join('b', other);
      expect(await page({ room: one })).toEqual(['a']);
      expect(await page({ room: other })).toEqual(['b']);
    });

    it.each([
      ['emoji', '👩‍👩‍👧‍👦🚀'],
      ['right to left', 'مرحبا'],
      ['quotes and SQL', `'"; drop table x; -- \\`],
      ['the longest', '𠮷'.repeat(128)],
    ])('takes a room name of %s', async (_, room) => {
      await addAll('a');
      expect(await store.join('a', room)).toBe('joined');
      expect(await page({ room })).toEqual(['a']);
    });
  });
}
