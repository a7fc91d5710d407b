import { randomUUID } from 'node:crypto';
import {
  broadcastQueueContract,
  MemoryDeadLetterStore,
  ProcessClock,
  type QueueHarness,
} from '@sendback/domain/messaging/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { AmqpBroadcastQueue } from './broadcast-queue';
import { removeAll, testAmqpUrl, withChannel } from './testing/broker';
import { Relay } from './testing/relay';

const HEARTBEAT_S = 1;

broadcastQueueContract('RabbitMQ', {
  sharedStorage: true,
  takeOverMs: 5_000 * HEARTBEAT_S,
  open: openQueue,
});

/** Processes are queues with clocks of their own, each behind a relay that stands still when its process does. */
async function openQueue({
  lanes,
  longestPauseMs,
}: {
  lanes: number;
  longestPauseMs: number;
}): Promise<QueueHarness> {
  const url = testAmqpUrl();
  const prefix = `test-${randomUUID()}`;
  const deadLetters = new MemoryDeadLetterStore();
  const opened: { clock: ProcessClock; relay: Relay; queue: AmqpBroadcastQueue }[] = [];
  const openBehind = async (relay: Relay): Promise<(typeof opened)[number]> => {
    const clock = new ProcessClock(longestPauseMs);
    const queue = new AmqpBroadcastQueue({
      url: { ...url, host: '127.0.0.1', port: relay.port },
      lanes,
      deadLetters,
      clock,
      log: new MemoryLog(),
      prefix,
      heartbeatS: HEARTBEAT_S,
    });
    opened.push({ clock, relay, queue });
    return { clock, relay, queue };
  };
  return {
    deadLetters,
    open: async () => {
      const relay = new Relay(url);
      await relay.open();
      const { clock, queue } = await openBehind(relay);
      return {
        queue,
        freeze: () => {
          clock.freeze();
          relay.freeze();
        },
        thaw: () => {
          clock.thaw();
          relay.thaw();
        },
      };
    },
    publishRaw: async (lane, body) => {
      await withChannel(url, async (channel) => {
        channel.sendToQueue(`${prefix}.lane.${lane}`, Buffer.from(body), { persistent: true });
        await channel.waitForConfirms();
      });
    },
    openAway: async () => {
      const relay = new Relay(url);
      await relay.reserve();
      const { queue } = await openBehind(relay);
      return { queue, bringBack: () => relay.open() };
    },
    close: async () => {
      for (const { clock, relay } of opened) {
        clock.close();
        await relay.close();
      }
      for (const { queue } of opened) await queue.close();
      await removeAll(url, prefix, lanes);
    },
  };
}
