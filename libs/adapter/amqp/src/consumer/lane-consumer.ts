import { randomUUID } from 'node:crypto';
import type { LaneConsumer } from '@sendback/domain/messaging';
import { ConsumingSession, type ConsumingParts } from './consuming-session';
import type { LaneService } from './lane-service';
import { Pause } from './pause';

const LONGEST_PAUSE_MS = 5_000;

/** A connection that lasted so long was no failure. */
const STEADY_MS = 10_000;

/** Serves its share of the lanes until it is stopped, over one connection after the other. */
export class AmqpLaneConsumer implements LaneConsumer {
  private readonly services = new Map<number, LaneService>();
  private readonly parts: ConsumingParts;
  private readonly serving: Promise<void>;
  private session: ConsumingSession | null = null;
  private stopping: Promise<void> | null = null;
  private readonly pause: Pause;
  private inTouch = true;

  constructor(parts: Omit<ConsumingParts, 'member' | 'services'>) {
    this.parts = { ...parts, member: randomUUID(), services: this.services };
    this.pause = new Pause(parts.clock);
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
    this.pause.end();
    await this.session?.leave();
    await Promise.all([...this.services.values()].map(({ done }) => done));
    await this.session?.close();
    await this.serving;
  }

  private async serve(): Promise<void> {
    for (let failures = 0; this.isServing(); failures++) {
      const openedAt = this.parts.clock.now();
      try {
        const session = await ConsumingSession.open(this.parts);
        this.heard(null);
        await this.hold(session);
      } catch (error) {
        this.heard(error);
      }
      if (this.parts.clock.now() - openedAt > STEADY_MS) failures = 0;
      await this.pause.for(pauseMs(failures));
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

  /** Logs when the broker goes away and when it is back, not every attempt between. */
  private heard(error: unknown): void {
    const inTouch = error === null;
    if (inTouch === this.inTouch) return;
    this.inTouch = inTouch;
    if (inTouch) this.parts.log.info('the queue is back');
    else this.parts.log.error('the queue is away: no lane is served', { error });
  }
}

/** Longer with every failure in a row, and not the same for all that lost the same broker. */
function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, 200 * 2 ** failures) * (0.5 + Math.random() / 2);
}
