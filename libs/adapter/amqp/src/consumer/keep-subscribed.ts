import { pauseAfter } from '@sendback/domain/messaging';
import type { Log } from '@sendback/domain/runtime';
import type { Pause } from './pause';

export interface Subscribing {
  readonly queue: string;
  /** Resolves when the subscription has ended, and rejects when it did not come about. */
  readonly subscribe: () => Promise<void>;
  readonly goesOn: () => boolean;
  readonly pause: Pause;
  readonly log: Log;
}

/** Subscribes anew whenever the broker ends a subscription, after pauses that grow while that fails. Never rejects. */
export async function keepSubscribed(subscribing: Subscribing): Promise<void> {
  const { queue, subscribe, goesOn, pause, log } = subscribing;
  for (let failures = 0; goesOn();) {
    let error: unknown = null;
    try {
      await subscribe();
      failures = 0;
    } catch (reason) {
      error = reason;
    }
    if (!goesOn()) return;
    const pauseMs = pauseAfter(++failures);
    log.warn('the broker ended a subscription: it is renewed after a pause', {
      queue,
      failures,
      pauseMs,
      error,
    });
    await pause.for(pauseMs);
  }
}
