import { pusherContract } from './pusher.contract';
import { MemoryPusher } from './pusher.memory';

pusherContract('memory', { once: true }, async () => {
  const pusher = new MemoryPusher();
  let last = 0;
  const ids = async (count: number): Promise<string[]> =>
    Array.from({ length: count }, () => `client-${++last}`);
  pusher.failing.set('http://failing', { reason: 'connection refused', retryable: true });
  return {
    pusher,
    pushAddress: null,
    failingAddress: 'http://failing',
    connect: ids,
    gone: async (count) => {
      const unknown = await ids(count);
      for (const id of unknown) pusher.gone.add(id);
      return unknown;
    },
    slow: async () => {
      pusher.slow.add('slow');
      return 'slow';
    },
    received: async (connectionId) => pusher.received(connectionId),
    close: async () => undefined,
  };
});
