import { type ConfirmChannel, connect } from 'amqplib';
import { type AmqpUrl, parseAmqpUrl } from '../amqp-url';
import { DELAYS_MS } from '../broker/topology';

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
  const delays = DELAYS_MS.map((ms) => `delay.${ms}`);
  const numbers = Array.from({ length: lanes }, (_, lane) => `lane.${lane}`);
  await withChannel(url, async (channel) => {
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
    const channel = await model.createConfirmChannel();
    const result = await work(channel);
    // amqplib lets the end of the connection overtake what was said on a channel before.
    await channel.close();
    return result;
  } finally {
    await model.close();
  }
}
