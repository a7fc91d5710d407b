import { ManualClock } from '@sendback/domain/runtime/testing';
import { CloseConnection } from './close-connection';
import { AllowEveryone, ConnectPolicy, NotPermitted } from './connect-policy.port';
import { MemoryConnectionStore } from './connection-store.memory';
import { OpenConnection } from './open-connection';

const request = { connectionId: 'a', headers: {}, queryString: { name: '' } };

describe('the life of a connection', () => {
  it('is recorded once with its time and push address, however often registration is called', async () => {
    const store = new MemoryConnectionStore();
    const clock = new ManualClock(1_000);
    const open = new OpenConnection(new AllowEveryone(), store, clock, 'http://push/api-1');
    await open.execute(request);
    await clock.advance(500);
    await open.execute(request);
    expect(await store.find('a')).toEqual({
      connectionId: 'a',
      pushAddress: 'http://push/api-1',
      userId: null,
      openedAt: 1_000,
    });
  });

  it('belongs to whom the policy names, and is not recorded when the policy refuses', async () => {
    class ByName extends ConnectPolicy {
      async admit({ queryString }: typeof request): Promise<{ userId: string }> {
        if (queryString.name) return { userId: queryString.name };
        throw new NotPermitted('who are you?');
      }
    }
    const store = new MemoryConnectionStore();
    const open = new OpenConnection(new ByName(), store, new ManualClock(1_000), 'http://push/api-1');
    await open.execute({ ...request, queryString: { name: 'ann' } });
    expect((await store.find('a'))?.userId).toBe('ann');
    await expect(open.execute({ ...request, connectionId: 'b' })).rejects.toBeInstanceOf(NotPermitted);
    expect(await store.count()).toBe(1);
  });

  it('ends with its record and memberships gone, however often cleanup is called', async () => {
    const store = new MemoryConnectionStore();
    const close = new CloseConnection(store);
    await store.add({ connectionId: 'a', pushAddress: null, userId: null, openedAt: 0 });
    await store.join('a', 'lobby');
    await close.execute('a');
    await close.execute('a');
    expect(await store.count()).toBe(0);
    expect(await store.page({ after: '', upTo: null, room: 'lobby', userId: null, limit: 1 })).toEqual([]);
  });
});
