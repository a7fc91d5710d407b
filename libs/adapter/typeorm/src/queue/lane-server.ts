import { type LaneConsumer, type LaneHandler, pauseAfter } from '@sendback/domain/messaging';
import type { Clock, Log, Timer } from '@sendback/domain/runtime';
import type { Doorbell } from './doorbell';
import { type LaneLease, LaneLost } from './lane-lease';
import type { LaneShares } from './lane-shares';
import type { LaneStorage } from './lane-storage';

/** How often to look for what other processes have published. */
const POLL_MS = 100;

export interface LaneServerParts {
  readonly lanes: number;
  readonly shares: LaneShares;
  readonly storage: LaneStorage;
  readonly doorbell: Doorbell;
  /** How often to renew the leases. */
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Serves its share of the lanes, each by one handler at a time, until it is stopped. */
export class LaneServer implements LaneConsumer {
  private readonly atWork = new Map<number, Promise<void>>();
  private readonly resting = new Set<number>();
  private readonly failures = new Map<number, number>();
  private readonly rung = new Set<number>();
  private readonly timers = new Map<string, Timer>();
  private readonly deafen: () => void;
  private refreshing: Promise<void>;
  private stopping: Promise<void> | null = null;
  private inTouch = true;

  constructor(
    private readonly parts: LaneServerParts,
    private readonly handler: LaneHandler,
  ) {
    this.deafen = parts.doorbell.listen((lanes) => this.wake(lanes));
    this.refreshing = this.refresh();
    this.later('poll', 0, () => void this.poll());
  }

  async stop(): Promise<void> {
    this.stopping ??= this.stopNow();
    await this.stopping;
  }

  /** Others get the idle lanes at once; the leases on what is in hand are renewed until it is settled. */
  private async stopNow(): Promise<void> {
    this.deafen();
    this.cancelTimers();
    this.parts.shares.leave();
    await this.refreshing;
    this.refreshing = this.refresh();
    await Promise.all(this.atWork.values());
    await this.refreshing;
    this.cancelTimers();
  }

  private async refresh(): Promise<void> {
    try {
      await this.parts.shares.refresh((lane) => this.atWork.has(lane));
      this.heard(null);
    } catch (error) {
      this.heard(error);
    }
    this.later('refresh', this.parts.refreshMs, () => {
      this.refreshing = this.refresh();
    });
  }

  private async poll(): Promise<void> {
    try {
      const idle = Array.from({ length: this.parts.lanes }, (_, lane) => lane).filter((lane) =>
        this.isIdle(lane),
      );
      if (idle.length > 0) (await this.parts.storage.stirring(idle)).forEach((lane) => this.serve(lane));
    } catch (error) {
      this.heard(error);
    }
    if (!this.stopping) this.later('poll', POLL_MS, () => void this.poll());
  }

  private wake(lanes: readonly number[]): void {
    for (const lane of lanes) {
      this.later(`wake ${lane}`, 0, () => {
        this.rung.add(lane);
        this.serve(lane);
      });
    }
  }

  private isIdle(lane: number): boolean {
    return !this.atWork.has(lane) && !this.resting.has(lane) && this.parts.shares.get(lane) !== undefined;
  }

  private serve(lane: number): void {
    const lease = this.parts.shares.get(lane);
    if (this.stopping || !lease || !this.isIdle(lane)) return;
    const work = this.workOff(lease)
      .catch((error: unknown) => this.rest(lease, error))
      .then(() => (lease.surplus ? this.parts.shares.giveBack(lease) : undefined))
      .catch((error: unknown) => this.heard(error))
      .finally(() => this.atWork.delete(lane));
    this.atWork.set(lane, work);
  }

  private async workOff(lease: LaneLease): Promise<void> {
    const { lane } = lease;
    while (!this.stopping && !lease.surplus && !lease.lost()) {
      this.rung.delete(lane);
      const taken = await this.parts.storage.take(lease);
      if (!taken) {
        if (this.rung.has(lane)) continue;
        return;
      }
      const settlement = await this.handler({ lane, messages: taken.messages, lost: () => lease.lost() });
      if (lease.lost()) throw new LaneLost();
      await this.parts.storage.settle(lease, taken, settlement);
      this.failures.delete(lane);
    }
  }

  /** Holds the lane without serving it, longer with every failure in a row. */
  private rest(lease: LaneLease, error: unknown): void {
    const { lane } = lease;
    if (error instanceof LaneLost || lease.lost()) {
      lease.end();
      this.parts.log.warn('a lane was lost to another consumer while a batch was in hand', { lane });
      return;
    }
    const failures = (this.failures.get(lane) ?? 0) + 1;
    this.failures.set(lane, failures);
    const pauseMs = pauseAfter(failures);
    this.parts.log.error('a batch was not settled: it comes again after a pause', {
      lane,
      failures,
      pauseMs,
      error,
    });
    this.resting.add(lane);
    this.later(`rest of ${lane}`, pauseMs, () => {
      this.resting.delete(lane);
      this.serve(lane);
    });
  }

  /** Logs when the database goes away and when it is back, not every attempt between. */
  private heard(error: unknown): void {
    const inTouch = error === null;
    if (inTouch === this.inTouch) return;
    this.inTouch = inTouch;
    if (inTouch) this.parts.log.info('the queue is back');
    else this.parts.log.error('the queue is away: no lane is served', { error });
  }

  private cancelTimers(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  private later(name: string, ms: number, callback: () => void): void {
    if (this.timers.has(name)) return;
    const run = (): void => {
      this.timers.delete(name);
      callback();
    };
    this.timers.set(name, this.parts.clock.after(ms, run));
  }
}
