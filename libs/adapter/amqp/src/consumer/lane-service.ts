import { keepSubscribed } from './keep-subscribed';
import { LaneSubscription, type SubscriptionParts } from './lane-subscription';
import { Pause } from './pause';

/** Serves one lane over a connection, from one subscription to the next. */
export class LaneService {
  /** Resolves when the lane is left, or the connection lost, and no handler is at work. Never rejects. */
  readonly done: Promise<void>;
  private readonly pause: Pause;
  private subscription: LaneSubscription | null = null;
  private ending: 'leave' | 'stop' | null = null;

  constructor(private readonly parts: SubscriptionParts) {
    const { lane, topology, lost, clock, log } = parts;
    this.pause = new Pause(clock);
    this.done = keepSubscribed({
      queue: topology.lane(lane),
      subscribe: () => this.subscribe(),
      goesOn: () => this.ending === null && !lost(),
      pause: this.pause,
      log,
    });
  }

  /** How many messages the broker has handed over that are not settled. */
  get inHand(): number {
    return this.subscription?.inHand ?? 0;
  }

  /** Works off what the broker has handed over, if that succeeds, and then leaves the lane to others. */
  leave(): void {
    this.endBy('leave');
  }

  /** Takes no further batch, and leaves the lane when the one in hand is settled. */
  stop(): void {
    this.endBy('stop');
  }

  private endBy(how: 'leave' | 'stop'): void {
    this.ending = how;
    this.pause.end();
    this.subscription?.[how]();
  }

  private async subscribe(): Promise<void> {
    const subscription = await LaneSubscription.open(this.parts);
    this.subscription = subscription;
    if (this.ending) subscription[this.ending]();
    await subscription.ended;
  }
}
