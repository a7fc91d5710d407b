import { type ConfirmChannel, connect } from 'amqplib';
import { type AmqpUrl, parseAmqpUrl } from '../amqp-url';

/** @throws Error that says what to do when there is none */
export function testAmqpUrl(): AmqpUrl {
  const value = process.env['TEST_AMQP_URL'];
  if (!value) {
    throw new Error(
      'TEST_AMQP_URL must name a RabbitMQ for tests: run them through npm test, or start one with npm run services',
    );
  }
  return parseAmqpUrl(value);
}

/** Removes all that queues under this prefix have declared, and what is in it. */
export async function removeAll(url: AmqpUrl, prefix: string, lanes: number): Promise<void> {
  await withChannel(url, async (channel) => {
    const delays = [500, 2_000, 8_000, 30_000, 120_000, 600_000, 3_600_000, 2 ** 32 - 1].map(
      (ms) => `delay.${ms}`,
    );
    const numbers = Array.from({ length: lanes }, (_, lane) => `lane.${lane}`);
    for (const name of [...numbers, ...delays, 'dead', 'lanes'])
      await channel.deleteQueue(`${prefix}.${name}`);
    for (const name of [...delays, 'all', 'members']) await channel.deleteExchange(`${prefix}.${name}`);
  });
}

export async function withChannel<T>(
  { protocol, host, port, user, password, vhost }: AmqpUrl,
  work: (channel: ConfirmChannel) => Promise<T>,
): Promise<T> {
  const model = await connect({
    protocol,
    hostname: host,
    port,
    username: user,
    password,
    vhost: encodeURIComponent(vhost),
  });
  try {
    return await work(await model.createConfirmChannel());
  } finally {
    await model.close();
  }
}
