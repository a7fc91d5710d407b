import { gate, LANES, nothing, type QueueBench, Recorder, toAll } from './queue-bench.contract';

/** What `stop` promises. */
export function stoppingContract(bench: () => QueueBench, timeoutMs: number): void {
  describe('stopping', () => {
    it('settles what is in hand first', async () => {
      const finish = gate();
      const recorder = new Recorder(() => finish.opened.then(() => nothing));
      await bench().publish(0, 'a');
      const consumer = bench().process.queue.consume(recorder.handler);
      await recorder.untilHanded(1);
      let stopped = false;
      const stopping = consumer.stop().then(() => (stopped = true));
      await bench().publish(0, 'b');
      expect(stopped).toBe(false);
      finish.open();
      await stopping;
      const next = await bench().received(1);
      expect([recorder.ids(), next.ids()]).toEqual([['a'], ['b']]);
    });

    it('takes no further batch, and may be asked twice', async () => {
      const recorder = new Recorder();
      const consumer = bench().process.queue.consume(recorder.handler);
      await bench().publish(0, 'a');
      await recorder.untilHanded(1);
      await Promise.all([consumer.stop(), consumer.stop()]);
      await consumer.stop();
      await bench().publish(0, 'b');
      const next = await bench().received(1);
      expect([recorder.ids(), next.ids()]).toEqual([['a'], ['b']]);
    });

    it(
      'leaves its lanes to the other consumers',
      async () => {
        const one = new Recorder();
        const consumer = bench().process.queue.consume(one.handler);
        const two = bench().consume(new Recorder(), await bench().harness.open());
        await bench().untilShared(one, two);
        await consumer.stop();
        await bench().process.queue.publish(toAll('last'));
        await two.until(() => two.ids().filter((id) => id === 'last').length === LANES);
        expect(one.ids()).not.toContain('last');
      },
      timeoutMs,
    );
  });
}
