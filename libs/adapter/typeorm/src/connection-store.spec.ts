import { MAX_ROOMS_PER_CONNECTION } from '@sendback/domain/connection';
import { connectionStoreContract } from '@sendback/domain/connection/testing';
import { TypeOrmConnectionStore } from './connection-store';
import { openTestDatabase, testEngines } from './testing/engines';

for (const engine of testEngines()) {
  connectionStoreContract(engine.name, async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    return { store: new TypeOrmConnectionStore(database), close };
  });
}

describe.each(testEngines())('a connection store on $name', (engine) => {
  it('records and removes each of many at once', async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    const store = new TypeOrmConnectionStore(database);
    const all = Array.from({ length: 600 }, (_, n) => `connection ${n}`);
    const add = (connectionId: string) =>
      store.add({ connectionId, pushAddress: 'http://a', userId: `${connectionId}?`, openedAt: 7 });
    await Promise.all(all.map(add));
    expect(await store.count()).toBe(600);
    await Promise.all(all.slice(1).map((id) => store.remove([id])));
    expect(await store.findAll(all)).toEqual([
      { connectionId: 'connection 0', pushAddress: 'http://a', userId: 'connection 0?', openedAt: 7 },
    ]);
    await close();
  });

  it('keeps to the limit of rooms when a connection joins many at the same time', async () => {
    const { database, close } = await openTestDatabase(engine, 'application');
    const store = new TypeOrmConnectionStore(database);
    await store.add({ connectionId: 'a', pushAddress: null, userId: null, openedAt: 0 });
    const rooms = Array.from({ length: MAX_ROOMS_PER_CONNECTION + 20 }, (_, n) => `room ${n}`);
    const outcomes = await Promise.all(rooms.map((room) => store.join('a', room)));
    expect(outcomes.filter((outcome) => outcome === 'joined')).toHaveLength(MAX_ROOMS_PER_CONNECTION);
    expect(outcomes.filter((outcome) => outcome === 'full')).toHaveLength(20);
    await close();
  });
});
