import { MAX_BATCH_BYTES, MAX_BATCH_MESSAGES } from './broadcast-queue.port';
import { MAX_PAYLOAD_BYTES } from './payload';
import {
  eventually,
  gate,
  LANES,
  many,
  nothing,
  type QueueBench,
  Recorder,
  sum,
  toAll,
  toLane,
} from './queue-bench.contract';

/** What a handler may rely on. */
export function handingOverContract(bench: () => QueueBench, timeoutMs: number): void {
  describe('handing over', () => {
    it('keeps the order of a lane', async () => {
      const ids = await bench().publish(0, ...many(300));
      const recorder = await bench().received(300);
      await bench().publish(0, 'last');
      await recorder.untilHanded(301);
      expect(recorder.ids()).toEqual([...ids, 'last']);
    });

    it(`hands over at most ${MAX_BATCH_MESSAGES} messages at once`, async () => {
      await bench().publish(0, ...many(MAX_BATCH_MESSAGES + 10));
      const { batches } = await bench().received(MAX_BATCH_MESSAGES + 10);
      for (const { messages } of batches) expect(messages.length).toBeLessThanOrEqual(MAX_BATCH_MESSAGES);
    });

    it('hands over many at once when many wait', async () => {
      await bench().publish(0, ...many(100));
      expect((await bench().received(100)).batches.length).toBeLessThan(50);
    });

    it('hands over at most 1 MiB at once', async () => {
      const large = 'x'.repeat(300 * 1024);
      for (const id of many(7)) await bench().process.queue.publish(toLane(0, id, large));
      const { batches } = await bench().received(7);
      for (const { messages } of batches)
        expect(messages.length * large.length).toBeLessThan(MAX_BATCH_BYTES);
    });

    it('hands over the largest payload there is', async () => {
      const payload = '"'.repeat(MAX_PAYLOAD_BYTES);
      await bench().process.queue.publish(toLane(0, 'large', payload));
      await bench().publish(0, 'small');
      const recorder = await bench().received(2);
      expect(recorder.batches[0]?.messages[0]?.broadcast.payload.data === payload).toBe(true);
      expect(recorder.ids()).toEqual(['large', 'small']);
    });

    it('has one handler at work on a lane, over all consumers', async () => {
      const atWork = new Set<number>();
      const clashes: number[] = [];
      const work: Recorder['handler'] = async ({ lane }) => {
        if (atWork.has(lane)) clashes.push(lane);
        atWork.add(lane);
        await new Promise((resolve) => setTimeout(resolve, 2));
        atWork.delete(lane);
        return nothing;
      };
      const one = bench().consume(new Recorder(work));
      const two = bench().consume(new Recorder(work), await bench().harness.open());
      for (const id of many(100)) await bench().process.queue.publish(toAll(id));
      await eventually(() => sum([one.ids().length, two.ids().length]) >= 100 * LANES, timeoutMs);
      expect(clashes).toEqual([]);
    });

    it('has the handlers of different lanes at work beside each other', async () => {
      const met = gate();
      const recorder = new Recorder(async () => {
        if (recorder.batches.length === LANES) met.open();
        await met.opened;
        return nothing;
      });
      bench().consume(recorder);
      await bench().process.queue.publish(toAll('one'));
      await met.opened;
      expect(recorder.batches.map(({ lane }) => lane).sort()).toEqual([0, 1, 2, 3]);
    });

    it(
      'shares the lanes among the consumers, and keeps the order of each',
      async () => {
        const one = bench().consume(new Recorder());
        await bench().process.queue.publish(toAll('first'));
        await one.untilHanded(LANES);
        const two = bench().consume(new Recorder(), await bench().harness.open());
        const published = await bench().untilShared(one, two);
        for (let lane = 0; lane < LANES; lane++) {
          expect([...one.ids(lane), ...two.ids(lane)]).toEqual(['first', ...published]);
        }
      },
      timeoutMs,
    );
  });
}
