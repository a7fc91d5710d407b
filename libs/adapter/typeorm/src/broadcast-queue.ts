import {
  type Broadcast,
  BroadcastQueue,
  type LaneConsumer,
  type LaneHandler,
  lanesOf,
  type QueueMessage,
  QueueUnavailable,
} from '@sendback/domain/messaging';
import type { Clock, Log } from '@sendback/domain/runtime';
import type { Access, Database } from './database/database';
import { Doorbell } from './queue/doorbell';
import { LaneServer } from './queue/lane-server';
import { LaneShares } from './queue/lane-shares';
import { LaneStorage } from './queue/lane-storage';

export interface BroadcastQueueOptions {
  /** Fixed for a deployment; 1 by default. */
  readonly lanes?: number;
  /** After which the lanes of a consumer that is not heard of go to others, in milliseconds; 5,000 by default. */
  readonly leaseMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const LEASE_MS = 5_000;

/** Lanes in the `Broadcast…` tables of an application database. Consumers of the publishing process are told at once. */
export class TypeOrmBroadcastQueue extends BroadcastQueue {
  readonly lanes: number;
  private readonly database: Access;
  private readonly storage: LaneStorage;
  private readonly doorbell: Doorbell;

  constructor(
    database: Database,
    private readonly options: BroadcastQueueOptions,
  ) {
    super();
    this.lanes = options.lanes ?? 1;
    this.database = database.access(QueueUnavailable);
    this.storage = new LaneStorage(this.database, options.clock, options.log);
    this.doorbell = Doorbell.of(database);
  }

  async publish(broadcast: Broadcast): Promise<void> {
    const lanes = lanesOf(broadcast.target, this.lanes);
    await this.storage.append(lanes, broadcast);
    this.doorbell.ring(lanes);
  }

  consume(handler: LaneHandler): LaneConsumer {
    const { leaseMs = LEASE_MS, clock, log } = this.options;
    const { lanes, storage, doorbell } = this;
    const shares = new LaneShares(this.database, lanes, leaseMs, clock);
    return new LaneServer({ lanes, shares, storage, doorbell, refreshMs: leaseMs / 3, clock, log }, handler);
  }

  async enqueue(lane: number, message: QueueMessage): Promise<void> {
    await this.storage.enqueue(lane, message);
    this.doorbell.ring([lane]);
  }

  depth(): Promise<number> {
    return this.storage.depth();
  }

  async close(): Promise<void> {
    // The database is its owner's to close.
  }
}
