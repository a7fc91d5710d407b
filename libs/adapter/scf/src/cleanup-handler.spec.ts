import { CloseConnection, StorageUnavailable } from '@sendback/domain/connection';
import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { CleanupHandler } from './cleanup-handler';

const event = { websocket: { action: 'closing', secConnectionID: 'ann' } };

describe('CleanupHandler', () => {
  let store: MemoryConnectionStore;
  let handler: CleanupHandler;

  beforeEach(async () => {
    store = new MemoryConnectionStore();
    await store.add({ connectionId: 'ann', pushAddress: null, userId: null, openedAt: 0 });
    handler = new CleanupHandler(new CloseConnection(store), new MemoryLog());
  });

  it('removes the record and its memberships, and returns the event', async () => {
    await store.join('ann', 'lobby');
    expect(await handler.handle(event)).toBe(event);
    expect(await store.count()).toBe(0);
    expect(await store.page({ after: '', upTo: null, room: 'lobby', userId: null, limit: 1 })).toEqual([]);
  });

  it('takes an id that is unknown, and the same one twice', async () => {
    await handler.handle(event);
    expect(await handler.handle(event)).toBe(event);
  });

  it.each([
    ['no websocket', {}, 102, 'not found web socket'],
    ['no secConnectionID', { websocket: {} }, 103, expect.stringContaining('secConnectionID')],
  ])('answers %s with its number', async (_, bad, errNo, errMsg) => {
    expect(await handler.handle(bad)).toEqual({ errNo, errMsg });
    expect(await store.count()).toBe(1);
  });

  it('fails while the storage is away, so that the gateway calls again', async () => {
    jest.spyOn(store, 'remove').mockRejectedValue(new StorageUnavailable('away'));
    await expect(handler.handle(event)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
