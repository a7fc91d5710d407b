import { MemoryPusher, pusherContract } from '@sendback/domain/messaging/testing';
import { MeteredPusher } from './metered-pusher';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';

pusherContract('memory, metered', { once: true }, async () => {
  const memory = new MemoryPusher();
  let last = 0;
  const ids = async (count: number): Promise<string[]> =>
    Array.from({ length: count }, () => `client-${++last}`);
  memory.failing.set('http://failing', { reason: 'connection refused', retryable: true });
  return {
    pusher: new MeteredPusher(memory, new Metrics('test')),
    pushAddress: null,
    failingAddress: 'http://failing',
    connect: ids,
    gone: async (count) => {
      const unknown = await ids(count);
      for (const id of unknown) memory.gone.add(id);
      return unknown;
    },
    slow: async () => {
      memory.slow.add('slow');
      return 'slow';
    },
    received: async (connectionId) => memory.received(connectionId),
    close: async () => undefined,
  };
});

it('recipients are counted by what became of them, and pushes are measured', async () => {
  const metrics = new Metrics('test');
  const memory = new MemoryPusher();
  memory.gone.add('gone');
  memory.slow.add('slow-1').add('slow-2');
  memory.failing.set('failed', { reason: 'no', retryable: false });
  const pusher = new MeteredPusher(memory, metrics);
  const recipients = (...connectionIds: string[]) => ({ pushAddress: null, connectionIds });
  const messages = [{ payload: { dataType: 'text', data: 'x' } as const }];
  await pusher.push(recipients('a', 'gone', 'slow-1', 'slow-2', 'failed', 'b', 'c'), messages);
  await pusher.push(recipients('a'), messages);
  await pusher.disconnect(recipients('a', 'gone'));
  expect(await scrape(metrics, 'sendback_')).toEqual({
    'sendback_push_duration_seconds_count{operation="push"}': 2,
    'sendback_push_duration_seconds_count{operation="disconnect"}': 1,
    'sendback_push_recipients_total{operation="push",outcome="delivered"}': 4,
    'sendback_push_recipients_total{operation="push",outcome="gone"}': 1,
    'sendback_push_recipients_total{operation="push",outcome="slow"}': 2,
    'sendback_push_recipients_total{operation="push",outcome="failed"}': 1,
    'sendback_push_recipients_total{operation="disconnect",outcome="delivered"}': 1,
    'sendback_push_recipients_total{operation="disconnect",outcome="gone"}': 1,
  });
});
