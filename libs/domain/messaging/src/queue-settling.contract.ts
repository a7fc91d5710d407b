import { eventually, many, nothing, type QueueBench, Recorder, toLane } from './queue-bench.contract';
import { decodeQueueMessage } from './queue-message';
import { MAX_DELIVERIES } from './redelivery';

/** Settles every message as a dead letter whose reason is its id. */
const buries = (): Recorder =>
  new Recorder(async ({ messages }) => ({
    retries: [],
    deadLetters: messages.map((message) => ({ message, reason: `no ${message.messageId}` })),
  }));

/**
 * What becomes of messages when their handler is done, or throws.
 * @param hasten replaces the bench by one whose pauses are cut to this
 */
export function settlingContract(
  bench: () => QueueBench,
  hasten: (longestPauseMs: number) => Promise<void>,
  timeoutMs: number,
): void {
  describe('settling', () => {
    const untilDead = (count: number): Promise<void> =>
      eventually(async () => (await bench().harness.deadLetters.page('', 100)).length === count, timeoutMs);

    it('hands over again what a handler threw on, the same in the same order, before what is behind it', async () => {
      await bench().publish(0, 'a', 'b', 'c');
      const recorder = new Recorder(async () => {
        if (recorder.batches.length > 1) return nothing;
        await bench().publish(0, 'd');
        throw new Error('this once');
      });
      bench().consume(recorder);
      await recorder.until(() => recorder.ids().includes('d'));
      const handedFirst = recorder.batches[0]?.messages.length ?? 0;
      expect(recorder.ids().slice(handedFirst)).toEqual(['a', 'b', 'c', 'd']);
    });

    it('calls a handler that throws again after pauses that grow', async () => {
      const times: number[] = [];
      const recorder = new Recorder(async () => {
        if (times.push(Date.now()) < 4) throw new Error('not yet');
        return nothing;
      });
      await bench().publish(0, 'a');
      bench().consume(recorder);
      await recorder.untilHanded(4);
      const pauses = times.slice(1).map((time, index) => time - times[index]!);
      for (const [index, least] of [90, 190, 390].entries())
        expect(pauses[index]).toBeGreaterThanOrEqual(least);
    });

    it('serves other lanes while the handler throws on one', async () => {
      const recorder = new Recorder(async ({ lane }) => {
        if (lane === 0) throw new Error('always');
        return nothing;
      });
      await bench().publish(0, 'stuck');
      await bench().publish(1, ...many(5));
      bench().consume(recorder);
      await recorder.until(() => recorder.ids(1).length === 5);
      expect(recorder.ids(1)).toEqual(many(5));
    });

    it(
      `gives a message up after ${MAX_DELIVERIES} times, and it alone`,
      async () => {
        await hasten(5);
        await bench().publish(0, 'before', 'poison', ...many(5));
        const recorder = new Recorder(async ({ messages }) => {
          if (messages.some(({ messageId }) => messageId === 'poison')) throw new Error('cannot');
          return nothing;
        });
        bench().consume(recorder);
        await eventually(async () => (await bench().harness.deadLetters.page('', 10)).length > 0, timeoutMs);
        await bench().publish(0, 'last');
        await recorder.until(() => recorder.ids().includes('last'));
        expect(recorder.ids().filter((id) => id === 'poison')).toHaveLength(MAX_DELIVERIES);
        expect(recorder.ids().slice(-6)).toEqual([...many(5), 'last']);
        const [dead, ...more] = await bench().harness.deadLetters.page('', 10);
        expect(more).toEqual([]);
        expect(dead?.lane).toBe(0);
        expect(dead?.reason).toContain(String(MAX_DELIVERIES));
        expect(decodeQueueMessage(dead?.body ?? '').messageId).toBe('poison');
      },
      timeoutMs,
    );

    it('brings a retry when it is due, behind what waits by then', async () => {
      const recipients = { pushAddress: 'http://push/api', connectionIds: ['x', 'y'] };
      const retry = { messageId: 'retry', broadcast: toLane(0, 'a'), attempt: 1, recipients };
      let settledAt = 0;
      const recorder = new Recorder(async ({ messages }) => {
        if (messages[0]?.messageId !== 'a') return nothing;
        await bench().publish(0, 'b', 'c');
        settledAt = Date.now();
        return { retries: [{ message: retry, delayMs: 1_000 }], deadLetters: [] };
      });
      await bench().publish(0, 'a');
      bench().consume(recorder);
      await recorder.untilHanded(4);
      expect(Date.now() - settledAt).toBeGreaterThanOrEqual(990);
      expect(recorder.ids()).toEqual(['a', 'b', 'c', 'retry']);
      expect(recorder.batches.at(-1)?.messages).toEqual([retry]);
    });

    it('takes retries and dead letters in the place of what they came from', async () => {
      const recorder = new Recorder(async ({ messages: [message] }) => {
        if (message?.attempt !== 0) return nothing;
        return {
          retries: [{ message: { ...message, attempt: 1 }, delayMs: 0 }],
          deadLetters: [{ message: { ...message, messageId: 'rest' }, reason: 'refused' }],
        };
      });
      await bench().publish(0, 'a');
      bench().consume(recorder);
      await recorder.untilHanded(2);
      expect(recorder.batches.flatMap(({ messages }) => messages.map(({ attempt }) => attempt))).toEqual([
        0, 1,
      ]);
      await untilDead(1);
      const [dead, ...more] = await bench().harness.deadLetters.page('', 10);
      expect([decodeQueueMessage(dead?.body ?? '').messageId, dead?.reason, more]).toEqual([
        'rest',
        'refused',
        [],
      ]);
    });

    it('keeps dead letters with lane, body, reason and time, in the order of dying', async () => {
      const before = Date.now();
      await bench().publish(2, ...many(12));
      bench().consume(buries());
      await untilDead(12);
      const all = await bench().harness.deadLetters.page('', 100);
      expect(all.map(({ reason }) => reason)).toEqual(many(12).map((id) => `no ${id}`));
      expect(all.map(({ body }) => decodeQueueMessage(body).messageId)).toEqual(many(12));
      expect(all.map(({ id }) => id)).toEqual([...new Set(all.map(({ id }) => id))].sort());
      for (const { lane, deadAt } of all) {
        expect(lane).toBe(2);
        expect(deadAt).toBeGreaterThanOrEqual(before - 1_000);
        expect(deadAt).toBeLessThanOrEqual(Date.now() + 1_000);
      }
    });

    it('takes a dead letter back onto its lane, behind what waits', async () => {
      const burying = new Recorder(async ({ messages }) => ({
        retries: [],
        deadLetters: messages.map((message) => ({ message, reason: 'for now' })),
      }));
      await bench().publish(2, 'a');
      const consumer = bench().process.queue.consume(burying.handler);
      await untilDead(1);
      await consumer.stop();
      await bench().publish(2, 'b');
      const [dead] = await bench().harness.deadLetters.page('', 1);
      const message = { ...decodeQueueMessage(dead!.body), attempt: 0 };
      await bench().process.queue.enqueue(dead!.lane, message);
      await bench().process.queue.enqueue(dead!.lane, { ...message, messageId: 'c', attempt: 2 });
      const recorder = await bench().received(3);
      expect(recorder.ids(2)).toEqual(['b', 'a', 'c']);
      expect(recorder.batches.flatMap(({ messages }) => messages).slice(1)).toEqual([
        message,
        { ...message, messageId: 'c', attempt: 2 },
      ]);
    });

    it('pages through dead letters', async () => {
      await bench().publish(0, ...many(5));
      bench().consume(buries());
      await untilDead(5);
      const { deadLetters } = bench().harness;
      const page = await deadLetters.page('', 2);
      const rest = await deadLetters.page(page[1]!.id, 100);
      expect([...page, ...rest].map(({ reason }) => reason)).toEqual(many(5, 'no m'));
      expect(await deadLetters.page(rest.at(-1)!.id, 100)).toEqual([]);
    });

    it.each(['not JSON', '{}', '{"version":2,"messageId":"later"}', ''])(
      'makes a dead letter of the body %j and goes on',
      async (body) => {
        await bench().publish(1, 'before');
        await bench().harness.publishRaw(1, body);
        await bench().publish(1, 'after');
        const recorder = await bench().received(2);
        expect(recorder.ids()).toEqual(['before', 'after']);
        await untilDead(1);
        const [dead, ...more] = await bench().harness.deadLetters.page('', 10);
        expect([dead?.lane, dead?.body, more]).toEqual([1, body, []]);
        expect(dead?.reason).toContain('not a queue message');
      },
    );
  });
}
