import { LANES, many, type QueueBench, Recorder, toAll, toLane } from './queue-bench.contract';

/** What `publish` promises. */
export function publishingContract(bench: () => QueueBench): void {
  describe('publishing', () => {
    it('hands over a broadcast as it was published', async () => {
      await bench().process.queue.publish(toLane(2, 'one'));
      const { batches } = await bench().received(1);
      expect(batches[0]?.lane).toBe(2);
      expect(batches[0]?.lost()).toBe(false);
      expect(batches[0]?.messages).toEqual([
        { messageId: 'one', broadcast: toLane(2, 'one'), attempt: 0, recipients: null },
      ]);
    });

    it('puts what is for a room on its lane only', async () => {
      await bench().publish(3, 'one', 'two');
      await bench().publish(1, 'three');
      const recorder = await bench().received(3);
      await bench().publish(0, 'four');
      await recorder.untilHanded(4);
      expect([0, 1, 2, 3].map((lane) => recorder.ids(lane))).toEqual([
        ['four'],
        ['three'],
        [],
        ['one', 'two'],
      ]);
    });

    it('puts what is for all on every lane', async () => {
      await bench().process.queue.publish(toAll('one'));
      const recorder = await bench().received(LANES);
      expect([0, 1, 2, 3].map((lane) => recorder.ids(lane))).toEqual([['one'], ['one'], ['one'], ['one']]);
    });

    it('hands over within moments what is published while a consumer waits', async () => {
      const recorder = bench().consume(new Recorder());
      for (const id of many(20)) {
        await bench().publish(0, id);
        await recorder.until(() => recorder.ids().includes(id));
      }
      expect(recorder.ids()).toEqual(many(20));
    });

    it('changes nothing when a broadcast is published that still waits', async () => {
      await bench().process.queue.publish(toAll('one'));
      await bench().publish(1, 'two');
      await bench().process.queue.publish(toAll('one'));
      await bench().publish(1, 'two', 'three');
      const recorder = await bench().received(LANES + 2);
      expect(recorder.ids(1)).toEqual(['one', 'two', 'three']);
      expect(recorder.ids(0)).toEqual(['one']);
    });

    it('takes many publishers at once', async () => {
      await Promise.all(many(200).map((id) => bench().process.queue.publish(toAll(id))));
      const recorder = await bench().received(200 * LANES);
      for (let lane = 0; lane < LANES; lane++) expect(recorder.ids(lane).sort()).toEqual(many(200).sort());
    });
  });
}
