import { JoinedFrames } from './joined-frames';

/** After so many writes everything else in the process gets its turn: a few milliseconds of work. */
const WRITES_AT_ONCE = 500;

/** Where frames wait. */
export interface FrameOutlet {
  /** Writes what waits, if anything, and notes the window. */
  flush(): void;
}

/**
 * When frames are written. A socket that was written to in this window waits for its end, which counts for the next
 * one; to any other, a lone frame may be written at once, and those that wait for more of the same turn of the event
 * loop leave together at its end. One clock for all sockets, which stands still while none of them is used.
 */
export class FrameWindow {
  private current = 1;
  private used = false;
  private root = JoinedFrames.none();
  private thisTurn: FrameOutlet[] = [];
  private thisWindow: FrameOutlet[] = [];
  private ticking = false;

  /** @param ms of a window; 0 for none, so that every frame is written by itself */
  constructor(private readonly ms: number) {}

  /** Whether frames are joined at all. */
  get isOpen(): boolean {
    return this.ms > 0;
  }

  /** What frames that are sent now are joined to first. */
  get start(): JoinedFrames {
    return this.root;
  }

  /**
   * Has the outlet flushed, soon if it was idle.
   * @param lastUsed what this returned the last time; 0 at first
   * @returns the number of the window
   */
  use(outlet: FrameOutlet, lastUsed: number): number {
    if (!this.isIdle(lastUsed)) this.thisWindow.push(outlet);
    else if (this.thisTurn.push(outlet) === 1) queueMicrotask(this.endTurn);
    return this.pass();
  }

  /** @param lastUsed as in {@link use} */
  isIdle(lastUsed: number): boolean {
    return lastUsed < this.current;
  }

  /** For what is written now. @returns the number of the window */
  pass(): number {
    this.used = true;
    if (!this.ticking) this.tick();
    return this.current;
  }

  private tick(): void {
    this.ticking = true;
    setTimeout(this.endWindow, this.ms);
  }

  private readonly endTurn = (): void => {
    const due = this.thisTurn;
    this.thisTurn = [];
    for (const outlet of due) outlet.flush();
  };

  private readonly endWindow = (): void => {
    const due = this.thisWindow;
    this.thisWindow = [];
    this.root = JoinedFrames.none();
    this.current++;
    const goOn = this.used;
    this.used = false;
    this.flush(due, 0, goOn);
  };

  private flush(due: readonly FrameOutlet[], from: number, goOn: boolean): void {
    const to = from + WRITES_AT_ONCE;
    for (const outlet of due.slice(from, to)) outlet.flush();
    if (to < due.length) setImmediate(() => this.flush(due, to, goOn));
    else if (goOn || this.used) this.tick();
    else this.rest();
  }

  /** So that whoever was written to last is idle when it is used again. */
  private rest(): void {
    this.current++;
    this.ticking = false;
  }
}
