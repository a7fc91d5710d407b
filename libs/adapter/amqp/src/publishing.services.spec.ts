import { QueueUnavailable } from '@sendback/domain/messaging';
import { eventually, Recorder, toAll, toLane } from '@sendback/domain/messaging/testing';
import { Stopwatch } from '@sendback/domain/runtime/testing';
import { testAmqpUrl, withChannel } from './testing/broker';
import { BLOCKED, UNBLOCKED } from './testing/blocked';
import { TestDeployment, type TestProcess } from './testing/deployment';

const url = testAmqpUrl();
const LANES = 4;
const WITHIN_MS = 20_000;
const FAILED_MS = 5_000;

describe('publishing to RabbitMQ', () => {
  let deployment: TestDeployment;
  beforeEach(async () => {
    deployment = new TestDeployment(url, LANES);
    await deployment.declare();
  });
  afterEach(() => deployment.close());

  const failure = async (promise: Promise<void>): Promise<string> => {
    const stopwatch = new Stopwatch();
    const error: unknown = await promise.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(QueueUnavailable);
    expect(stopwatch.stop()).toBeLessThan(FAILED_MS);
    return (error as QueueUnavailable).message;
  };

  const received = async ({ queue }: TestProcess, count: number): Promise<string[]> => {
    const recorder = new Recorder();
    const consumer = queue.consume(recorder.handler);
    await recorder.untilHanded(count);
    await consumer.stop();
    return recorder.ids();
  };

  it('connects at the first use only', async () => {
    const { relay, queue } = await deployment.open();
    expect(relay.accepted).toBe(0);
    await queue.publish(toAll('a'));
    await queue.publish(toAll('b'));
    expect(relay.accepted).toBe(1);
  });

  it('says where the broker is that does not answer, and no password', async () => {
    const { queue, relay } = await deployment.openAway();
    expect(await failure(queue.publish(toAll('a')))).toContain(`amqp://127.0.0.1:${relay.port}/`);
    expect(await failure(queue.publish(toAll('a')))).not.toContain(url.password);
  });

  it('says that user and password are wrong, without repeating them', async () => {
    const { queue } = await deployment.open({ url: { ...url, password: 'secret' } });
    const message = await failure(queue.publish(toAll('a')));
    expect(message).toContain('ACCESS_REFUSED');
    expect(message).not.toContain('secret');
  });

  it('says that there is no such vhost', async () => {
    const { queue } = await deployment.open({ url: { ...url, vhost: 'no%2F where/' } });
    expect(await failure(queue.publish(toAll('a')))).toContain('no%252F%20where%2F: there is no such vhost');
  });

  it('goes on over a new connection when the old one was lost, without an error', async () => {
    const process = await deployment.open();
    await process.queue.publish(toLane(0, 'a'));
    process.relay.cut();
    await process.queue.publish(toLane(0, 'b'));
    expect(await received(process, 2)).toEqual(['a', 'b']);
  });

  it('fails in time on a connection on which nothing passes, and works on the next', async () => {
    const process = await deployment.open({ heartbeatS: 30 });
    await process.queue.publish(toLane(0, 'a'));
    process.relay.freeze();
    expect(await failure(process.queue.publish(toLane(0, 'lost')))).toContain('no answer within');
    process.relay.cut();
    process.relay.thaw();
    await process.queue.publish(toLane(0, 'b'));
    expect(await received(process, 2)).toEqual(['a', 'b']);
  });

  it('opens a new connection when the process stood still so long that the old one may be dead', async () => {
    let away = 0;
    const { queue, relay, clock } = await deployment.open();
    jest.spyOn(clock, 'now').mockImplementation(() => Date.now() + away);
    await queue.publish(toLane(0, 'a'));
    away = 60_000;
    await queue.publish(toLane(0, 'b'));
    expect(relay.accepted).toBe(2);
  });

  it('is refused at once while the broker takes no messages, and then works again', async () => {
    const process = await deployment.open();
    await process.queue.publish(toLane(0, 'a'));
    process.relay.say(BLOCKED);
    await eventually(async () => {
      const attempt = process.queue.publish(toLane(0, 'lost'));
      return (await attempt.then(String, String)).includes('takes no messages for now: low on disk');
    }, WITHIN_MS);
    process.relay.say(UNBLOCKED);
    await eventually(async () => {
      return process.queue.publish(toLane(0, 'b')).then(
        () => true,
        () => false,
      );
    }, WITHIN_MS);
  });

  it('goes on when somebody deletes what was declared', async () => {
    const { prefix } = deployment;
    const process = await deployment.open();
    await process.queue.publish(toAll('lost with the lane'));
    await withChannel(url, (channel) => channel.deleteQueue(`${prefix}.lane.2`));
    await process.queue.publish(toLane(2, 'a'));
    await withChannel(url, (channel) => channel.deleteExchange(`${prefix}.all`));
    await process.queue.publish(toAll('b'));
    expect((await received(process, LANES + 4)).filter((id) => id !== 'lost with the lane')).toEqual(
      expect.arrayContaining(['a', 'b', 'b', 'b', 'b']),
    );
  });

  it('is refused when a lane is full', async () => {
    const { prefix } = deployment;
    const { queue } = await deployment.open();
    const full = { 'x-queue-type': 'quorum', 'x-max-length': 0, 'x-overflow': 'reject-publish' };
    await queue.publish(toAll('a'));
    await withChannel(url, async (channel) => {
      await channel.assertQueue(`${prefix}.full`, { arguments: full });
      await channel.bindQueue(`${prefix}.full`, `${prefix}.all`, '');
    });
    await eventually(
      () =>
        queue.publish(toAll('b')).then(
          () => false,
          (error: unknown) => String(error).includes('does not take what is published'),
        ),
      WITHIN_MS,
    );
    await withChannel(url, (channel) => channel.deleteQueue(`${prefix}.full`));
  });

  it('says which queue is not as it should be, and works as soon as that is gone', async () => {
    const { prefix } = deployment;
    const lane = `${prefix}.lane.1`;
    await withChannel(url, (channel) => channel.deleteQueue(lane));
    await withChannel(url, (channel) => channel.assertQueue(lane, { durable: true }));
    const { queue } = await deployment.open();
    expect(await failure(queue.publish(toAll('a')))).toContain(
      `queue "${lane}" is there with other settings`,
    );
    await withChannel(url, (channel) => channel.deleteQueue(lane));
    await queue.publish(toAll('b'));
  });

  it('is refused to a process that is configured with another number of lanes', async () => {
    await (await deployment.open()).queue.publish(toAll('a'));
    const { queue } = await deployment.open({ lanes: LANES + 1 });
    const message = await failure(queue.publish(toAll('b')));
    expect(message).toContain(`was set up with ${LANES} lanes`);
    expect(message).toContain(`configured with ${LANES + 1}`);
  });

  it('does not connect for every message while it is refused', async () => {
    await (await deployment.open()).queue.publish(toAll('a'));
    const { queue, relay } = await deployment.open({ lanes: LANES + 1 });
    const before = Date.now();
    await Promise.all(Array.from({ length: 100 }, () => failure(queue.publish(toAll('b')))));
    for (let time = 0; time < 5; time++) await failure(queue.publish(toAll('b')));
    expect(relay.accepted).toBeLessThanOrEqual(6);
    expect(Date.now() - before).toBeGreaterThan(900);
  });

  it('is over once the queue is closed', async () => {
    const { queue, relay } = await deployment.open();
    await queue.publish(toAll('a'));
    await Promise.all([queue.close(), queue.close()]);
    await eventually(() => relay.connected === 0, WITHIN_MS);
    expect(await failure(queue.publish(toAll('b')))).toContain('closed');
  });
});
