import { Stopwatch } from '@sendback/domain/runtime/testing';
import { QueueUnavailable } from './broadcast-queue.port';
import {
  eventually,
  gate,
  many,
  nothing,
  type QueueBench,
  Recorder,
  toAll,
  toLane,
} from './queue-bench.contract';

/** What holds when processes die, stand still or lose the storage. */
export function queueProcessesContract(bench: () => QueueBench, timeoutMs: number): void {
  describe('between processes', () => {
    it(
      'hands the lanes of a dead consumer to another, the same messages in the same order',
      async () => {
        const dead = bench().consume(new Recorder(() => gate().opened.then(() => nothing)));
        const ids = await bench().publish(0, ...many(5));
        await dead.untilHanded(1);
        bench().process.freeze();
        const heir = bench().consume(new Recorder(), await bench().harness.open());
        await heir.untilHanded(5);
        expect(heir.ids()).toEqual(ids);
      },
      timeoutMs,
    );

    it(
      'tells a consumer that was only paused that the lane is lost, and ignores its settlement',
      async () => {
        const finish = gate();
        const paused = new Recorder(async ({ messages }) => {
          await finish.opened;
          const deadLetters = messages.map((message) => ({ message, reason: 'too late' }));
          return { deadLetters, retries: messages.map((message) => ({ message, delayMs: 0 })) };
        });
        const consumer = bench().process.queue.consume(paused.handler);
        await bench().publish(0, 'a');
        await paused.untilHanded(1);
        bench().process.freeze();

        const decide = gate();
        const heir = new Recorder(async () => {
          await decide.opened;
          if (heir.batches.length === 1) throw new Error('again');
          return nothing;
        });
        const other = await bench().harness.open();
        bench().consume(heir, other);
        await heir.untilHanded(1);
        bench().process.thaw();
        await eventually(() => paused.batches[0]?.lost() === true, timeoutMs);
        finish.open();
        await consumer.stop();

        decide.open();
        await heir.untilHanded(2);
        expect(heir.ids()).toEqual(['a', 'a']);
        expect(await bench().harness.deadLetters.page('', 10)).toEqual([]);
      },
      timeoutMs,
    );

    it(
      'lets a consumer that was paused take part again',
      async () => {
        const one = bench().consume(new Recorder());
        await bench().publish(0, 'a');
        await one.untilHanded(1);
        bench().process.freeze();
        const other = await bench().harness.open();
        const two = bench().consume(new Recorder(), other);
        await eventually(async () => {
          await other.queue.publish(toLane(0, 'b'));
          return two.batches.length > 0;
        }, timeoutMs);
        bench().process.thaw();
        await bench().untilShared(one, two);
      },
      timeoutMs,
    );

    it('keeps what was published for whoever comes later', async () => {
      await bench().publish(0, 'a');
      bench().process.freeze();
      const later = bench().consume(new Recorder(), await bench().harness.open());
      await later.untilHanded(1);
      expect(later.ids()).toEqual(['a']);
    });

    it(
      'is QueueUnavailable within 5 seconds while the storage is away',
      async () => {
        const { queue } = await bench().harness.openAway();
        const stopwatch = new Stopwatch();
        await expect(queue.publish(toAll('lost'))).rejects.toBeInstanceOf(QueueUnavailable);
        expect(stopwatch.stop()).toBeLessThan(5_000);
        const message = { messageId: 'm', broadcast: toAll('lost'), attempt: 0, recipients: null };
        await expect(queue.enqueue(0, message)).rejects.toBeInstanceOf(QueueUnavailable);
        await expect(queue.depth()).rejects.toBeInstanceOf(QueueUnavailable);
      },
      timeoutMs,
    );

    it(
      'begins to serve when the storage is back',
      async () => {
        const { queue, bringBack } = await bench().harness.openAway();
        const recorder = new Recorder();
        const consumer = queue.consume(recorder.handler);
        await expect(queue.publish(toLane(0, 'lost'))).rejects.toBeInstanceOf(QueueUnavailable);
        await bringBack();
        await queue.publish(toLane(0, 'kept'));
        await recorder.until(() => recorder.ids().includes('kept'));
        await consumer.stop();
      },
      timeoutMs,
    );
  });
}
