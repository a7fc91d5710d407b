import { randomUUID } from 'node:crypto';
import { MemoryDeadLetterStore, ProcessClock } from '@sendback/domain/messaging/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import type { AmqpUrl } from '../amqp-url';
import { AmqpBroadcastQueue, type AmqpBroadcastQueueOptions } from '../broadcast-queue';
import { AmqpConnection } from '../broker/connection';
import { Topology } from '../broker/topology';
import { removeAll } from './broker';
import { Relay } from './relay';

/** A process that uses the queue, with a clock of its own, behind a relay: it can stand still, and be cut off. */
export interface TestProcess {
  readonly queue: AmqpBroadcastQueue;
  readonly clock: ProcessClock;
  readonly relay: Relay;
  readonly log: MemoryLog;
}

/** Queues under a prefix of their own on the RabbitMQ for tests. */
export class TestDeployment {
  readonly prefix = `test-${randomUUID()}`;
  readonly deadLetters = new MemoryDeadLetterStore();
  private readonly processes: TestProcess[] = [];

  constructor(
    readonly url: AmqpUrl,
    readonly lanes: number,
    private readonly longestPauseMs?: number,
  ) {}

  /** Does beforehand what the first call would: on a busy machine that takes longer than a call may. */
  async declare(): Promise<void> {
    const topology = new Topology(this.prefix, this.lanes);
    const connection = await AmqpConnection.open(this.url, 'test', 60);
    await topology.declare(connection);
    await topology.declareDelays(connection);
    await connection.close();
  }

  /** A process that can reach the broker. */
  async open(more: Partial<AmqpBroadcastQueueOptions> = {}): Promise<TestProcess> {
    const relay = new Relay(this.url);
    await relay.open();
    return this.behind(relay, more);
  }

  /** A process for which the broker is away until its relay is opened. */
  async openAway(): Promise<TestProcess> {
    const relay = new Relay(this.url);
    await relay.reserve();
    return this.behind(relay, {});
  }

  /** Ends all processes, whatever they are at, and removes what they had on the broker. */
  async close(): Promise<void> {
    for (const { clock, relay } of this.processes) {
      clock.close();
      await relay.close();
    }
    for (const { queue } of this.processes) await queue.close();
    await removeAll(this.url, this.prefix, this.lanes);
  }

  private behind(relay: Relay, more: Partial<AmqpBroadcastQueueOptions>): TestProcess {
    const clock = new ProcessClock(this.longestPauseMs);
    const log = new MemoryLog();
    const queue = new AmqpBroadcastQueue({
      url: { ...this.url, host: '127.0.0.1', port: relay.port },
      lanes: this.lanes,
      deadLetters: this.deadLetters,
      clock,
      log,
      prefix: this.prefix,
      // A process that stands still for half of it longer is taken for dead.
      heartbeatS: 3,
      ...more,
    });
    const process = { queue, clock, relay, log };
    this.processes.push(process);
    return process;
  }
}
