import type { Clock } from '@sendback/domain/runtime';
import { sleep } from './stoppable-clock';

/** More at a time would only wait in the buffers of sockets. */
const MAX_BYTES = 64 * 1024;

/** A push to many connections. */
export interface JointPush {
  /** Pushes with the same array have the same recipients. */
  readonly sessions: readonly unknown[];
  /** Of its messages. */
  readonly bytes: number;
}

/**
 * Carries out pushes to many connections in the order in which they came. What comes within one turn of the event loop,
 * or while others are carried out, to the same recipients one after the other, is carried out together, up to
 * {@link MAX_BYTES}. Where that happened, more is on its way: the next are waited for.
 */
export class JointPushes<P extends JointPush> {
  private waiting: P[] = [];
  private busy = false;
  private crowded = false;

  /**
   * @param windowMs to wait for more; 0 for none
   * @param carryOut is given pushes to the same recipients; must not reject
   */
  constructor(
    private readonly windowMs: number,
    private readonly clock: Clock,
    private readonly carryOut: (pushes: readonly P[]) => Promise<void>,
  ) {}

  add(push: P): void {
    this.waiting.push(push);
    if (!this.busy) void this.carryOutAll();
  }

  private async carryOutAll(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) {
      await sleep(this.clock, this.crowded ? this.windowMs : 0);
      const pushes = this.waiting;
      this.waiting = [];
      const groups = together(pushes);
      this.crowded = groups.length < pushes.length;
      for (const group of groups) await this.carryOut(group);
    }
    this.busy = false;
  }
}

/** In their order; what follows one another and goes together stands together. */
function together<P extends JointPush>(pushes: readonly P[]): readonly P[][] {
  const groups: P[][] = [];
  let bytes = 0;
  for (const push of pushes) {
    const latest = groups.at(-1);
    bytes += push.bytes;
    if (latest?.[0]?.sessions === push.sessions && bytes <= MAX_BYTES) latest.push(push);
    else {
      groups.push([push]);
      bytes = push.bytes;
    }
  }
  return groups;
}
