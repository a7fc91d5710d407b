import { MemoryBroadcastQueue, MemoryDeadLetterStore } from '@sendback/domain/messaging/testing';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';
import { watchQueueDepth } from './watch-queue-depth';

class Queue extends MemoryBroadcastQueue {
  asked = 0;
  answer: () => Promise<number> = async () => 3;

  override depth(): Promise<number> {
    this.asked++;
    return this.answer();
  }
}

describe('the depth of the queue', () => {
  const clock = new ManualClock();
  let queue: Queue;
  let metrics: Metrics;

  beforeEach(() => {
    queue = new Queue(1, clock, new MemoryDeadLetterStore());
    metrics = new Metrics('test');
    watchQueueDepth(queue, clock, metrics);
  });

  const depth = async (): Promise<number | undefined> =>
    (await scrape(metrics, 'sendback_'))['sendback_queue_depth{}'];

  it('is asked for every 5 seconds, however often it is scraped', async () => {
    expect([await depth(), await depth()]).toEqual([3, 3]);
    expect(queue.asked).toBe(1);
    queue.answer = async () => 4;
    await clock.advance(5_000);
    expect(await depth()).toBe(4);
  });

  it('is left out while the queue is away', async () => {
    await depth();
    await clock.advance(5_000);
    queue.answer = () => Promise.reject(new Error('away'));
    expect(await depth()).toBeUndefined();
    queue.answer = async () => 5;
    expect(await depth()).toBe(5);
  });

  it('is left out when the queue does not answer, which is not asked again meanwhile', async () => {
    let answer: (depth: number) => void = () => undefined;
    queue.answer = () => new Promise((resolve) => (answer = resolve));
    expect(await Promise.all([depth(), depth()])).toEqual([undefined, undefined]);
    expect(queue.asked).toBe(1);
    const next = depth();
    answer(6);
    expect(await next).toBe(6);
  });
});
