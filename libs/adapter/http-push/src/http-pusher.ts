import { Pusher, type PushMessage, type PushReport, type Recipients } from '@sendback/domain/messaging';
import type { Clock, Log } from '@sendback/domain/runtime';
import type { Problem } from './answers';
import { BATCHES_AT_A_TIME, closeInBatches, MAX_DELIVERIES, pushInBatches } from './batch-form';
import { type BatchLimits, BatchLimitsCache } from './batch-limits';
import { PushAddress } from './push-address';
import { PushCall } from './push-call';
import { PushClient, type PushCredentials } from './push-client';
import { closeSingly, pushSingly } from './single-form';
import { Turns } from './turns';

/** Deliveries that an address one connection at a time manages in the time of a deadline, slow as it may be. */
const MAX_SINGLE_DELIVERIES = 1_000;

export interface HttpPusherOptions {
  /** For recipients whose own address is not known. */
  readonly defaultAddress: string;
  /** For one HTTP exchange, in milliseconds. */
  readonly deadlineMs?: number;
  /** Connections to one origin, and connections of clients that one call serves at a time where it cannot batch. */
  readonly maxSockets?: number;
  /** None by default. */
  readonly credentials?: PushCredentials;
  readonly log: Log;
  readonly clock: Clock;
}

/** How an action is put to an address that takes batches, which says whether it went as announced, and to any other. */
interface Forms {
  readonly inBatches: (
    call: PushCall,
    connectionIds: readonly string[],
    limits: BatchLimits,
  ) => Promise<boolean>;
  readonly singly: (call: PushCall, connectionIds: readonly string[]) => Promise<void>;
}

/**
 * A Pusher over HTTP (contract §4). Asks an address what it can do, and pushes in batches where it takes them, else to
 * one connection at a time. A call lasts for one deadline to ask, and one for every 100,000 deliveries in batches, or
 * 1,000 one at a time, that it was to make, not counting the wait for its turn at an address that takes batches: what
 * was not done by then is reported as failed.
 */
export class HttpPusher extends Pusher {
  private readonly client: PushClient;
  private readonly limits: BatchLimitsCache;
  private readonly turns = new Turns(BATCHES_AT_A_TIME);
  private readonly defaultAddress: string;
  private readonly deadlineMs: number;
  private readonly maxSockets: number;
  private readonly clock: Clock;

  /**
   * @throws TypeError when the default address is no `http:` or `https:` URL
   * @throws Error of OpenSSL when a certificate or key of the credentials cannot be read, or they do not belong together
   */
  constructor(options: HttpPusherOptions) {
    super();
    const { defaultAddress, deadlineMs = 10_000, maxSockets = 64, credentials = {}, log, clock } = options;
    if (!PushAddress.parse(defaultAddress)) throw new TypeError(NO_ADDRESS.reason);
    this.defaultAddress = defaultAddress;
    this.deadlineMs = deadlineMs;
    this.maxSockets = maxSockets;
    this.clock = clock;
    this.client = new PushClient(clock, maxSockets, credentials);
    this.limits = new BatchLimitsCache(
      (address) => this.client.exchange(address, null, deadlineMs),
      clock,
      log,
    );
  }

  async push(recipients: Recipients, messages: readonly PushMessage[]): Promise<PushReport> {
    if (messages.length === 0) return NOTHING;
    return this.carryOut(recipients, messages.length, {
      inBatches: (call, ids, limits) => pushInBatches(call, ids, messages, limits),
      singly: (call, ids) => pushSingly(call, ids, messages, this.maxSockets),
    });
  }

  async disconnect(recipients: Recipients): Promise<PushReport> {
    return this.carryOut(recipients, 1, {
      inBatches: closeInBatches,
      singly: (call, ids) => closeSingly(call, ids, this.maxSockets),
    });
  }

  /** Calls under way end, and report as failed what was not done. Idempotent. */
  async close(): Promise<void> {
    this.client.close();
  }

  private async carryOut(
    { pushAddress, connectionIds }: Recipients,
    deliveriesToEach: number,
    { inBatches, singly }: Forms,
  ): Promise<PushReport> {
    const ids = [...new Set(connectionIds)];
    const deliveries = ids.length * deliveriesToEach;
    if (deliveries === 0) return NOTHING;
    const address = PushAddress.parse(pushAddress ?? this.defaultAddress);
    if (!address) return allFailed(ids, NO_ADDRESS);
    const limits = deliveries === 1 ? null : await this.limits.of(address);
    if (limits && 'reason' in limits) return allFailed(ids, limits);
    const call = this.call(address, deliveries / (limits ? MAX_DELIVERIES : MAX_SINGLE_DELIVERIES));
    if (!limits) await singly(call, ids);
    else if (!(await inBatches(call, ids, limits))) this.limits.forget(address);
    return call.report();
  }

  private call(address: PushAddress, deadlines: number): PushCall {
    return new PushCall(
      address,
      this.client,
      this.turns,
      this.clock,
      this.deadlineMs,
      Math.ceil(deadlines) * this.deadlineMs,
    );
  }
}

const NOTHING: PushReport = { gone: [], slow: [], failed: [] };
const NO_ADDRESS: Problem = { reason: 'the push address is no http: or https: URL', retryable: false };

function allFailed(connectionIds: readonly string[], problem: Problem): PushReport {
  return { gone: [], slow: [], failed: [{ connectionIds, ...problem }] };
}
