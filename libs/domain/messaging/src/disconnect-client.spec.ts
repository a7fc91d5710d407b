import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import { DisconnectClient } from './disconnect-client';
import { MemoryPusher } from './pusher.memory';

describe('DisconnectClient', () => {
  let connections: MemoryConnectionStore;
  let pusher: MemoryPusher;
  let disconnect: DisconnectClient;

  beforeEach(async () => {
    connections = new MemoryConnectionStore();
    pusher = new MemoryPusher();
    disconnect = new DisconnectClient(connections, pusher);
    await connections.add({ connectionId: 'a', pushAddress: 'http://push', userId: null, openedAt: 0 });
  });

  it('closes the connection over its own push address, and leaves the record to its cleanup', async () => {
    const call = jest.spyOn(pusher, 'disconnect');
    expect(await disconnect.execute('a')).toBe(true);
    expect(call).toHaveBeenCalledWith({ pushAddress: 'http://push', connectionIds: ['a'] });
    expect(pusher.gone).toContain('a');
    expect(await connections.find('a')).not.toBeNull();
  });

  it('says that there is none, and asks no gateway', async () => {
    const call = jest.spyOn(pusher, 'disconnect');
    expect(await disconnect.execute('b')).toBe(false);
    expect(call).not.toHaveBeenCalled();
  });

  it('removes the record of one that is gone', async () => {
    pusher.gone.add('a');
    expect(await disconnect.execute('a')).toBe(false);
    expect(await connections.find('a')).toBeNull();
  });

  it('fails when the gateway cannot be reached, and keeps the record', async () => {
    pusher.failing.set('http://push', { reason: 'refused', retryable: true });
    await expect(disconnect.execute('a')).rejects.toMatchObject({
      code: 'push_failed',
      message: 'the gateway could not be reached: refused',
    });
    expect(await connections.find('a')).not.toBeNull();
  });
});
