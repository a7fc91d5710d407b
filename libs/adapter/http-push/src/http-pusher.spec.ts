import { MemoryLog } from '@sendback/domain/runtime/testing';
import { pusherContract, type PusherHarness } from '@sendback/domain/messaging/testing';
import type { BatchLimits } from './batch-limits';
import { HttpPusher } from './http-pusher';
import { refusingOrigin } from './testing/http-server';
import { API_PATH, PushGateway } from './testing/push-gateway';
import { RealClock } from './testing/real-clock';

const harness = (limits: BatchLimits | null) => async (): Promise<PusherHarness> => {
  const gateway = await PushGateway.start(limits);
  const pusher = new HttpPusher({
    defaultAddress: gateway.address,
    deadlineMs: 60_000,
    log: new MemoryLog(),
    clock: new RealClock(),
  });
  return {
    pusher,
    pushAddress: null,
    failingAddress: `${await refusingOrigin()}${API_PATH}`,
    connect: async (count) => gateway.connect(count),
    gone: async (count) => gateway.ids(count),
    slow: async () => gateway.stall(),
    received: async (id) => gateway.received(id),
    close: async () => {
      await pusher.close();
      await gateway.close();
    },
  };
};

const MIB = 1024 * 1024;
const roomy = { maxConnections: 10_000, maxMessages: 256, maxBytes: 4 * MIB, except: true };
const narrow = { maxConnections: 7, maxMessages: 3, maxBytes: MIB, except: true };

pusherContract('HTTP, in batches', { once: true }, harness(roomy));
pusherContract('HTTP, in small batches', { once: true }, harness(narrow));
pusherContract('HTTP, in batches for everybody named', { once: true }, harness({ ...roomy, except: false }));
pusherContract('HTTP, one connection at a time', { once: false }, harness(null));
