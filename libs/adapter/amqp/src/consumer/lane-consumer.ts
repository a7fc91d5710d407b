import { randomUUID } from 'node:crypto';
import type { LaneConsumer } from '@sendback/domain/messaging';
import { ConsumingSession, type ConsumingParts } from './consuming-session';
import type { LaneService } from './lane-service';

const LONGEST_PAUSE_MS = 10_000;

/** Serves its share of the lanes until it is stopped, over one connection after the other. */
export class AmqpLaneConsumer implements LaneConsumer {
  private readonly services = new Map<number, LaneService>();
  private readonly parts: ConsumingParts;
  private readonly serving: Promise<void>;
  private session: ConsumingSession | null = null;
  private stopping: Promise<void> | null = null;
  private endPause = (): void => undefined;
  private inTouch = true;

  constructor(parts: Omit<ConsumingParts, 'member' | 'services'>) {
    this.parts = { ...parts, member: randomUUID(), services: this.services };
    this.serving = this.serve();
  }

  /** How many messages the broker has handed over that are not settled. */
  get inHand(): number {
    return [...this.services.values()].reduce((total, { inHand }) => total + inHand, 0);
  }

  async stop(): Promise<void> {
    this.stopping ??= this.stopNow();
    await this.stopping;
  }

  private async stopNow(): Promise<void> {
    this.endPause();
    this.session?.leave();
    await Promise.all([...this.services.values()].map(({ done }) => done));
    await this.session?.close();
    await this.serving;
  }

  private async serve(): Promise<void> {
    for (let failures = 0; !this.stopping;) {
      try {
        const session = await ConsumingSession.open(this.parts);
        failures = 0;
        this.heard(null);
        await this.hold(session);
      } catch (error) {
        this.heard(error);
      }
      if (this.isServing()) await this.pause(++failures);
    }
  }

  private isServing(): boolean {
    return this.stopping === null;
  }

  private async hold(session: ConsumingSession): Promise<void> {
    this.session = session;
    if (this.stopping) await session.close();
    const failure = await session.ended;
    this.session = null;
    if (!this.stopping) this.heard(failure);
  }

  /** Longer with every failure in a row, and never the same for all that lost the same broker. */
  private async pause(failures: number): Promise<void> {
    const ms = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures) * (0.5 + Math.random() / 2);
    await new Promise<void>((resolve) => {
      const timer = this.parts.clock.after(ms, resolve);
      this.endPause = (): void => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Logs when the broker goes away and when it is back, not every attempt between. */
  private heard(error: unknown): void {
    const inTouch = error === null;
    if (inTouch === this.inTouch) return;
    this.inTouch = inTouch;
    if (inTouch) this.parts.log.info('the queue is back');
    else this.parts.log.error('the queue is away: no lane is served', { error });
  }
}
