import { decodeQueueMessage, encodeQueueMessage, QueueUnavailable } from '@sendback/domain/messaging';
import {
  eventually,
  gate,
  MemoryDeadLetterStore,
  Recorder,
  toAll,
  toLane,
} from '@sendback/domain/messaging/testing';
import { Stopwatch } from '@sendback/domain/runtime/testing';
import { BLOCKED, UNBLOCKED } from './testing/blocked';
import { testAmqpUrl, withChannel } from './testing/broker';
import { TestDeployment, type TestProcess } from './testing/deployment';

const url = testAmqpUrl();
const LANES = 4;
const WITHIN_MS = 30_000;
const nothing = { retries: [], deadLetters: [] };

/** On the wall's clock, and on a stopwatch. */
interface Moment {
  readonly time: number;
  readonly elapsed: number;
}

jest.setTimeout(180_000);

describe('consuming from RabbitMQ', () => {
  let deployment: TestDeployment;
  beforeEach(async () => {
    deployment = new TestDeployment(url, LANES);
    await deployment.declare();
  });
  afterEach(() => deployment.close());

  const numbers = (count: number): string[] =>
    Array.from({ length: count }, (_, n) => String(n).padStart(5, '0'));

  /** Publishes to all lanes, one after the other, until told to stop. @returns what was confirmed, in its order */
  function stream({ queue }: TestProcess): {
    confirmed: readonly string[];
    stop: () => Promise<readonly string[]>;
  } {
    const confirmed: string[] = [];
    let over = false;
    const publishing = (async (): Promise<void> => {
      for (let n = 0; !over; n++) {
        const id = String(n).padStart(5, '0');
        const publish = queue.publish(toAll(id));
        await publish.then(
          () => confirmed.push(id),
          () => new Promise((resolve) => setTimeout(resolve, 20)),
        );
      }
    })();
    const stop = async (): Promise<readonly string[]> => {
      over = true;
      await publishing;
      return confirmed;
    };
    return { confirmed, stop };
  }

  /** What several recorders were given of each lane, in the order in which it came. */
  function watch(): { handed: Map<number, string[]>; recorder: () => Recorder } {
    const handed = new Map<number, string[]>();
    const recorder = (): Recorder =>
      new Recorder(async ({ lane, messages }) => {
        await new Promise((resolve) => setTimeout(resolve, 3));
        handed.set(lane, [...(handed.get(lane) ?? []), ...messages.map(({ messageId }) => messageId)]);
        return nothing;
      });
    return { handed, recorder };
  }

  const allHanded = (handed: Map<number, string[]>, ids: readonly string[]): Promise<void> =>
    eventually(
      () => [0, 1, 2, 3].every((lane) => ids.every((id) => handed.get(lane)?.includes(id))),
      WITHIN_MS,
    );

  it('hands lanes on between consumers that come and go without handing a message over twice', async () => {
    const { stop } = stream(await deployment.open());
    const { handed, recorder } = watch();
    const first = (await deployment.open()).queue.consume(recorder().handler);
    await eventually(() => handed.size === LANES, WITHIN_MS);
    const others = [];
    for (let time = 0; time < 3; time++) {
      const other = recorder();
      others.push((await deployment.open()).queue.consume(other.handler));
      await eventually(() => other.batches.length > 3, WITHIN_MS);
    }
    await first.stop();
    const [one, ...more] = others;
    await one?.stop();
    const ids = await stop();
    await allHanded(handed, ids);
    for (const consumer of more) await consumer.stop();
    for (let lane = 0; lane < LANES; lane++) expect(handed.get(lane)).toEqual(ids);
  });

  it('hands a lane on before all that waits on it is worked off', async () => {
    const ids = numbers(1_500);
    const { queue } = await deployment.open();
    // Not all at once: each has to be stored in time.
    for (let from = 0; from < ids.length; from += 100) {
      const some = ids.slice(from, from + 100);
      await Promise.all([0, 1].flatMap((lane) => some.map((id) => queue.publish(toLane(lane, id)))));
    }
    const handedOn = gate();
    const slow = new Recorder(async () => {
      // Until then, what waits takes it a quarter of a minute.
      await Promise.race([handedOn.opened, new Promise((resolve) => setTimeout(resolve, 2_500))]);
      return nothing;
    });
    const fast = new Recorder();
    const [one, other] = [await deployment.open(), await deployment.open()];
    one.queue.consume(slow.handler);
    await slow.until(() => slow.ids(0).length > 0 && slow.ids(1).length > 0);
    const lanesOfOther: Promise<void>[] = [];
    for (let time = 0; time < 3; time++) {
      other.queue.consume(fast.handler);
      lanesOfOther.push(fast.until(() => fast.batches.length > 0));
    }
    await Promise.all(lanesOfOther);
    expect(slow.ids().length).toBeLessThan(2_500);
    handedOn.open();
    await eventually(() => slow.ids().length + fast.ids().length >= 3_000, WITHIN_MS);
    for (const lane of [0, 1]) {
      expect([...slow.ids(lane), ...fast.ids(lane)].sort()).toEqual(ids);
    }
  });

  it('loses nothing and keeps the order when connections are lost, and joins in again', async () => {
    const { stop } = stream(await deployment.open());
    const { handed, recorder } = watch();
    const processes = [await deployment.open(), await deployment.open()];
    const recorders = processes.map(({ queue }) => {
      const one = recorder();
      queue.consume(one.handler);
      return one;
    });
    for (let time = 0; time < 4; time++) {
      const before = recorders.map(({ batches }) => batches.length);
      await eventually(() => recorders.every(({ batches }, n) => batches.length > before[n]! + 5), WITHIN_MS);
      processes[time % 2]?.relay.cut();
    }
    const ids = await stop();
    await allHanded(handed, ids);
    for (let lane = 0; lane < LANES; lane++) expect([...new Set(handed.get(lane))]).toEqual(ids);
  });

  it('loses nothing that was confirmed while the broker was away for everyone, and needs no restart', async () => {
    const processes = [await deployment.open(), await deployment.open(), await deployment.open()];
    const [publisher, ...consumers] = processes;
    const { confirmed, stop } = stream(publisher!);
    const { handed, recorder } = watch();
    for (const { queue } of consumers) queue.consume(recorder().handler);
    for (let time = 0; time < 2; time++) {
      const before = confirmed.length;
      await eventually(() => confirmed.length > before + 100, WITHIN_MS);
      for (const { relay } of processes) await relay.close();
      await expect(publisher!.queue.publish(toAll('away'))).rejects.toBeInstanceOf(QueueUnavailable);
      for (const { relay } of processes) await relay.open();
    }
    const before = confirmed.length;
    await eventually(() => confirmed.length > before + 100, WITHIN_MS);
    const ids = await stop();
    await allHanded(handed, ids);
    const all = new Set(ids);
    for (let lane = 0; lane < LANES; lane++) {
      expect([...new Set(handed.get(lane))].filter((id) => all.has(id))).toEqual(ids);
    }
  });

  it('takes the lanes of a consumer that died within moments', async () => {
    const dead = await deployment.open();
    const one = new Recorder(() => gate().opened.then(() => nothing));
    dead.queue.consume(one.handler);
    await dead.queue.publish(toAll('a'));
    await one.untilHanded(LANES);
    const heir = new Recorder();
    const process = await deployment.open();
    process.queue.consume(heir.handler);
    dead.clock.freeze();
    dead.relay.cut();
    const stopwatch = new Stopwatch();
    await heir.untilHanded(LANES);
    // It is silent for 2.1 s before its share is another's.
    expect(stopwatch.stop()).toBeLessThan(5_000);
  });

  it('has its lanes taken at once when it stops', async () => {
    const [one, other] = [
      await deployment.open({ heartbeatS: 60 }),
      await deployment.open({ heartbeatS: 60 }),
    ];
    const first = new Recorder();
    const consumer = one.queue.consume(first.handler);
    await one.queue.publish(toAll('a'));
    await first.untilHanded(LANES);
    const heir = new Recorder();
    other.queue.consume(heir.handler);
    await eventually(async () => {
      await one.queue.publish(toAll('b'));
      return heir.batches.length > 0;
    }, WITHIN_MS);
    await consumer.stop();
    const stopwatch = new Stopwatch();
    await one.queue.publish(toAll('c'));
    await heir.until(() => heir.ids().filter((id) => id === 'c').length === LANES);
    // Of somebody who only went silent it would be taken after 42 s.
    expect(stopwatch.stop()).toBeLessThan(10_000);
  });

  it('hands a batch over again when what came of it could not be stored', async () => {
    const { queue, relay } = await deployment.open();
    const attempts: number[] = [];
    const publishes = (): Promise<boolean> =>
      queue.publish(toLane(1, 'b')).then(
        () => true,
        () => false,
      );
    queue.consume(async ({ lane, messages: [message] }) => {
      if (lane !== 0 || !message) return nothing;
      attempts.push(message.attempt);
      if (message.attempt === 1) return nothing;
      relay.say(attempts.length === 1 ? BLOCKED : UNBLOCKED);
      await eventually(async () => (await publishes()) === attempts.length > 1, WITHIN_MS);
      return { retries: [{ message: { ...message, attempt: 1 }, delayMs: 0 }], deadLetters: [] };
    });
    await queue.publish(toLane(0, 'a'));
    await eventually(() => attempts.includes(1), WITHIN_MS);
    expect(attempts).toEqual([0, 0, 1]);
  });

  it('leaves a lane that it cannot serve to others', async () => {
    const failing = new Recorder(async () => {
      throw new Error('not here');
    });
    const one = await deployment.open();
    one.queue.consume(failing.handler);
    await one.queue.publish(toAll('a'));
    await failing.until(() => failing.batches.length > 3 * LANES);
    const other = new Recorder();
    (await deployment.open()).queue.consume(other.handler);
    await other.untilHanded(LANES / 2);
  });

  it('serves a lane again that somebody deleted', async () => {
    const { prefix } = deployment;
    const { queue } = await deployment.open();
    const recorder = new Recorder();
    queue.consume(recorder.handler);
    await queue.publish(toAll('a'));
    await recorder.untilHanded(LANES);
    await withChannel(url, (channel) => channel.deleteQueue(`${prefix}.lane.2`));
    await queue.publish(toLane(2, 'b'));
    await recorder.until(() => recorder.ids(2).includes('b'));
    await queue.publish(toAll('c'));
    await recorder.until(() => recorder.ids().filter((id) => id === 'c').length === LANES);
  });

  it('says once what is wrong, and serves when it is mended', async () => {
    const { prefix } = deployment;
    const lane = `${prefix}.lane.1`;
    await withChannel(url, (channel) => channel.deleteQueue(lane));
    await withChannel(url, (channel) => channel.assertQueue(lane));
    const { queue, log } = await deployment.open();
    const recorder = new Recorder();
    queue.consume(recorder.handler);
    await eventually(() => log.entries.length > 0, WITHIN_MS);
    await expect(queue.publish(toAll('a'))).rejects.toThrow(lane);
    await withChannel(url, (channel) => channel.deleteQueue(lane));
    await eventually(() => log.entries.length > 1, WITHIN_MS);
    await queue.publish(toAll('b'));
    await recorder.untilHanded(LANES);
    expect(log.entries.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'the queue is away: no lane is served'],
      ['info', 'the queue is back'],
    ]);
    expect(String(log.entries[0]?.fields['error'])).toContain(lane);
  });

  it('stops at once while the broker is away', async () => {
    const { queue, log } = await deployment.openAway();
    const consumer = queue.consume(new Recorder().handler);
    await eventually(() => log.entries.length > 0, WITHIN_MS);
    await consumer.stop();
    expect(log.entries).toHaveLength(1);
  });

  describe('what consumers died of', () => {
    const { prefixOf, dieOf } = {
      prefixOf: () => deployment.prefix,
      /** Consumers that are handed what waits on a lane and are gone. */
      dieOf: async (lane: number, count: number, times: number): Promise<void> => {
        for (let time = 0; time < times; time++) {
          await withChannel(url, async (channel) => {
            await channel.prefetch(256);
            let handed = 0;
            await channel.consume(`${prefixOf()}.lane.${lane}`, () => (handed += 1));
            await eventually(() => handed === count, WITHIN_MS);
          });
        }
      },
    };

    const publish = async (ids: readonly string[]): Promise<TestProcess> => {
      const process = await deployment.open();
      for (const id of ids) await process.queue.publish(toLane(0, id));
      return process;
    };

    it('comes together again the first time, and one by one the next', async () => {
      const ids = numbers(20);
      const { queue } = await publish(ids);
      await dieOf(0, 20, 1);
      const sizes: number[] = [];
      const first = new Recorder(async ({ messages }) => {
        sizes.push(messages.length);
        return nothing;
      });
      const consumer = queue.consume(first.handler);
      await first.untilHanded(20);
      await consumer.stop();
      for (const id of ids) await queue.publish(toLane(0, id));
      await dieOf(0, 20, 2);
      const next = new Recorder();
      queue.consume(next.handler);
      await next.untilHanded(20);
      expect([first.ids(), next.ids()]).toEqual([ids, ids]);
      expect(Math.max(...sizes)).toBeGreaterThan(1);
      expect(next.batches.map(({ messages }) => messages.length)).toEqual(ids.map(() => 1));
    });

    it('is given up at the head of a lane, and not what was behind it', async () => {
      const { queue } = await publish(numbers(3));
      await dieOf(0, 3, 21);
      const recorder = new Recorder();
      queue.consume(recorder.handler);
      await recorder.untilHanded(2);
      await eventually(async () => (await deployment.deadLetters.page('', 9)).length === 1, WITHIN_MS);
      const [dead] = await deployment.deadLetters.page('', 9);
      expect(decodeQueueMessage(dead!.body).messageId).toBe('00000');
      expect(recorder.ids()).toEqual(['00001', '00002']);
    });
  });

  describe('dead letters', () => {
    it('get to the store when the broker itself took them off a lane', async () => {
      const { prefix } = deployment;
      const { queue } = await deployment.open();
      await queue.publish(toLane(3, 'a'));
      await withChannel(url, async (channel) => {
        const refused = gate();
        await channel.consume(`${prefix}.lane.3`, (message) => {
          if (message) channel.nack(message, false, false);
          refused.open();
        });
        await refused.opened;
      });
      queue.consume(new Recorder().handler);
      await eventually(async () => (await deployment.deadLetters.page('', 9)).length === 1, WITHIN_MS);
      const [dead] = await deployment.deadLetters.page('', 9);
      expect(dead).toMatchObject({ lane: 3, reason: `the broker took it off ${prefix}.lane.3: rejected` });
      expect(Math.abs(dead!.deadAt - Date.now())).toBeLessThan(60_000);
      expect(decodeQueueMessage(dead!.body).messageId).toBe('a');
    });

    it('wait on the broker while the store is away, and hold up no lane', async () => {
      const store = new MemoryDeadLetterStore();
      const add = jest.spyOn(store, 'add').mockRejectedValue(new Error('no database'));
      const { queue, log } = await deployment.open({ deadLetters: store });
      const recorder = new Recorder(async ({ messages }) => ({
        retries: [],
        deadLetters: messages.map((message) => ({ message, reason: 'x'.repeat(20_000) })),
      }));
      queue.consume(recorder.handler);
      await queue.publish(toAll('a'));
      await recorder.untilHanded(LANES);
      await eventually(() => add.mock.calls.length > 1, WITHIN_MS);
      await queue.publish(toAll('b'));
      await recorder.untilHanded(2 * LANES);
      add.mockRestore();
      await eventually(async () => (await store.page('', 99)).length === 2 * LANES, WITHIN_MS);
      expect(log.entries.every(({ message }) => message.startsWith('a dead letter cannot be stored'))).toBe(
        true,
      );
      expect((await store.page('', 1))[0]?.reason).toHaveLength(8_000);
    });
  });

  it('brings retries in the order of their times, each when it is due', async () => {
    const { queue } = await deployment.open();
    const HOUR = 3_600_000;
    // Far apart; and what waited in a single queue of delays would come much later than 9 s.
    const delays = [9_000, 0, HOUR, 4_000, 1_000];
    const stopwatch = new Stopwatch();
    const moment = (inMs = 0): Moment => ({ time: Date.now() + inMs, elapsed: stopwatch.elapsed + inMs });
    const due = new Map<string, Moment>();
    const recorder = new Recorder(async ({ messages: [message] }) => {
      if (message?.attempt !== 0) return nothing;
      const retries = delays.map((delayMs) => ({
        message: { ...message, messageId: `${delayMs}`, attempt: 1 },
        delayMs,
      }));
      for (const { message: retry, delayMs } of retries) due.set(retry.messageId, moment(delayMs));
      return { retries, deadLetters: [] };
    });
    const came = new Map<string, Moment>();
    queue.consume(async (batch) => {
      for (const { messageId } of batch.messages) came.set(messageId, moment());
      return recorder.handler(batch);
    });
    await queue.publish(toLane(0, 'a'));
    await recorder.untilHanded(delays.length);
    expect(recorder.ids()).toEqual(['a', '0', '1000', '4000', '9000']);
    await eventually(async () => (await queue.depth()) === 1, WITHIN_MS);
    for (const [id, { time, elapsed }] of came) {
      const at = due.get(id);
      if (!at) continue;
      expect(time).toBeGreaterThanOrEqual(at.time);
      expect(elapsed - at.elapsed).toBeLessThan(2_000);
    }
    stopwatch.stop();
    expect(encodeQueueMessage(recorder.batches.at(-1)!.messages[0]!)).toContain('"attempt":1');
  });
});
