import { ManualClock } from '@sendback/domain/runtime/testing';
import { CloseConnection } from './close-connection';
import { MemoryConnectionStore } from './connection-store.memory';
import { OpenConnection } from './open-connection';

describe('the life of a connection', () => {
  it('is recorded once with its time and push address, however often registration is called', async () => {
    const store = new MemoryConnectionStore();
    const clock = new ManualClock(1_000);
    const open = new OpenConnection(store, clock, 'http://push/api-1');
    await open.execute('a');
    await clock.advance(500);
    await open.execute('a');
    expect(await store.find('a')).toEqual({
      connectionId: 'a',
      pushAddress: 'http://push/api-1',
      openedAt: 1_000,
    });
  });

  it('ends with its record and memberships gone, however often cleanup is called', async () => {
    const store = new MemoryConnectionStore();
    const close = new CloseConnection(store);
    await store.add({ connectionId: 'a', pushAddress: null, openedAt: 0 });
    await store.join('a', 'lobby');
    await close.execute('a');
    await close.execute('a');
    expect(await store.count()).toBe(0);
    expect(await store.page({ after: '', upTo: null, room: 'lobby', limit: 1 })).toEqual([]);
  });
});
