import { broadcastQueueContract } from '@sendback/domain/messaging/testing';
import { testAmqpUrl, withChannel } from './testing/broker';
import { TestDeployment } from './testing/deployment';

const url = testAmqpUrl();

broadcastQueueContract('RabbitMQ', {
  sharedStorage: true,
  takeOverMs: 15_000,
  open: async ({ lanes, longestPauseMs }) => {
    const deployment = new TestDeployment(url, lanes, longestPauseMs);
    const { deadLetters, prefix } = deployment;
    await deployment.declare();
    return {
      deadLetters,
      open: async () => {
        const { queue, clock, relay } = await deployment.open();
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
      publishRaw: (lane, body) =>
        withChannel(url, async (channel) => {
          channel.sendToQueue(`${prefix}.lane.${lane}`, Buffer.from(body), { persistent: true });
          await channel.waitForConfirms();
        }),
      openAway: async () => {
        const { queue, relay } = await deployment.openAway();
        return { queue, bringBack: () => relay.open() };
      },
      close: () => deployment.close(),
    };
  },
});
