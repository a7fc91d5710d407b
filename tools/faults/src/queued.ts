import { connect } from 'amqplib';
import type { Storage } from './storage';

const LANES = 8;
const DELAYS_MS = [500, 2_000, 8_000, 30_000, 120_000, 600_000, 3_600_000, 2 ** 32 - 1];

/** How many messages the queue holds. Of those on RabbitMQ, what a consumer has in hand does not count. */
export async function countQueued(queue: string, storage: Storage): Promise<number> {
  if (queue === 'database:') return storage.count('BroadcastMessage');
  const model = await connect(queue);
  try {
    let total = 0;
    const lanes = Array.from({ length: LANES }, (_, lane) => `sendback.lane.${lane}`);
    for (const name of ['sendback.dead', ...lanes]) total += await count(model, name);
    for (const ms of DELAYS_MS) total += await count(model, `sendback.delay.${ms}`).catch(() => 0);
    return total;
  } finally {
    await model.close();
  }
}

/** On a channel of its own: asking for a queue that is not there closes it. Those for delays are made when one is needed. */
async function count(model: Awaited<ReturnType<typeof connect>>, name: string): Promise<number> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  const { messageCount } = await channel.checkQueue(name);
  await channel.close();
  return messageCount;
}
