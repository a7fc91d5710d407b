import { eventually, LANES, many, type QueueBench, Recorder, toAll, toLane } from './queue-bench.contract';

/** What `publish` promises. */
export function publishingContract(bench: () => QueueBench, timeoutMs: number): void {
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

    it('puts what is for connections on the lanes that serve them', async () => {
      const connectionIds = ['0001', 'ffff', 'fffe'];
      const target = { kind: 'connections', connectionIds, except: null } as const;
      await bench().process.queue.publish({ ...toAll('one'), target });
      const recorder = await bench().received(2);
      await bench().publish(1, 'last');
      await recorder.untilHanded(3);
      expect([0, 1, 2, 3].map((lane) => recorder.ids(lane))).toEqual([['one'], ['last'], [], ['one']]);
    });

    it('carries the trace context', async () => {
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      await bench().process.queue.publish({ ...toLane(0, 'one'), traceparent });
      const { batches } = await bench().received(1);
      expect(batches[0]?.messages[0]?.broadcast.traceparent).toBe(traceparent);
    });

    it('knows about how much is on the lanes', async () => {
      const { queue } = bench().process;
      expect(await queue.depth()).toBe(0);
      for (const id of many(5)) await queue.publish(toAll(id));
      await eventually(async () => (await queue.depth()) === 5 * LANES, timeoutMs);
      await bench().received(5 * LANES);
      await eventually(async () => (await queue.depth()) === 0, timeoutMs);
    });

    it('takes many publishers at once', async () => {
      await Promise.all(many(200).map((id) => bench().process.queue.publish(toAll(id))));
      const recorder = await bench().received(200 * LANES);
      for (let lane = 0; lane < LANES; lane++) expect(recorder.ids(lane).sort()).toEqual(many(200).sort());
    });
  });
}
