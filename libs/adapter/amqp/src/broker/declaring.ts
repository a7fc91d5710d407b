import type { Channel } from 'amqplib';
import type { AmqpConnection } from './connection';
import { AmqpFailure, codeOf, reasonOf } from './failure';

const PRECONDITION_FAILED = 406;

/**
 * Work on a channel of its own: what the broker objects to closes the channel, and the connection lives on.
 * @throws AmqpFailure
 */
export async function onChannel<T>(
  connection: AmqpConnection,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await connection.channel();
  try {
    return await work(channel);
  } catch (error) {
    if (error instanceof AmqpFailure) throw error;
    const kind = connection.isOpen ? 'refused' : 'lost';
    throw new AmqpFailure(`${connection.label}: ${reasonOf(error)}`, kind, { cause: error });
  } finally {
    // One that the broker closed cannot be closed again.
    await channel.close().catch(() => undefined);
  }
}

/** Durable, replicated. @throws AmqpFailure when there is one with other arguments */
export async function declareQueue(
  channel: Channel,
  name: string,
  more: Readonly<Record<string, unknown>>,
): Promise<void> {
  const declaring = channel.assertQueue(name, { arguments: { 'x-queue-type': 'quorum', ...more } });
  await declaring.catch(mismatch(`queue "${name}"`));
}

/** Durable, to every queue that is bound to it. @throws AmqpFailure when there is one of another kind */
export async function declareExchange(channel: Channel, name: string): Promise<void> {
  await channel.assertExchange(name, 'fanout').catch(mismatch(`exchange "${name}"`));
}

/** Keeps a number in a queue's limit of length. @throws AmqpFailure when another is kept already */
export async function declareNumber(channel: Channel, name: string, value: number): Promise<void> {
  const kept = { 'x-queue-type': 'quorum', 'x-max-length': value };
  await channel.assertQueue(name, { arguments: kept }).catch((error: unknown) => {
    const current = /current is '(\d+)'/.exec(reasonOf(error))?.[1];
    if (codeOf(error) !== PRECONDITION_FAILED || !current) throw error;
    const message = `the queue was set up with ${current} lanes, and this process is configured with ${value}: all must agree`;
    throw new AmqpFailure(`${message} (queue "${name}" keeps the number)`, 'refused', { cause: error });
  });
}

/** Where messages go that expire or die: the broker lets go of them once they have arrived there. */
export function deadLettering(routingKey?: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': '',
    ...(routingKey !== undefined && { 'x-dead-letter-routing-key': routingKey }),
    'x-dead-letter-strategy': 'at-least-once',
    // The strategy demands it: to drop the oldest would be to lose what is on its way.
    'x-overflow': 'reject-publish',
  };
}

function mismatch(what: string): (error: unknown) => never {
  return (error) => {
    if (codeOf(error) !== PRECONDITION_FAILED) throw error;
    const message = `${what} is there with other settings than ours; delete it when it is empty, and it is made anew`;
    throw new AmqpFailure(`${message} (${reasonOf(error)})`, 'refused', { cause: error });
  };
}
