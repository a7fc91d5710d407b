import { QueueBench, timeoutOf } from './queue-bench.contract';
import { handingOverContract } from './queue-handing-over.contract';
import type { QueueUnderTest } from './queue-harness.contract';
import { queueProcessesContract } from './queue-processes.contract';
import { publishingContract } from './queue-publishing.contract';
import { settlingContract } from './queue-settling.contract';
import { stoppingContract } from './queue-stopping.contract';

/** What every BroadcastQueue promises. */
export function broadcastQueueContract(name: string, underTest: QueueUnderTest): void {
  describe(`BroadcastQueue on ${name}`, () => {
    let opened: QueueBench;
    beforeEach(async () => {
      opened = await QueueBench.open(underTest);
    });
    afterEach(() => opened.harness.close());

    const bench = (): QueueBench => opened;
    const hasten = async (longestPauseMs: number): Promise<void> => {
      await opened.harness.close();
      opened = await QueueBench.open(underTest, longestPauseMs);
    };
    const timeoutMs = timeoutOf(underTest);
    publishingContract(bench, timeoutMs);
    handingOverContract(bench, timeoutMs);
    settlingContract(bench, hasten, timeoutMs);
    stoppingContract(bench, timeoutMs);
    if (underTest.sharedStorage) queueProcessesContract(bench, timeoutMs);
    else {
      it('is one process: nobody is there to take over from it, and its storage cannot be away', () => {
        expect(underTest.sharedStorage).toBe(false);
      });
    }
  });
}
