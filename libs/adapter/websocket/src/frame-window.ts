import { JoinedFrames } from './joined-frames';

/** After so many writes everything else in the process gets its turn: a few milliseconds of work. */
const WRITES_AT_ONCE = 500;

/** Where frames wait. */
export interface FrameOutlet {
  /** Writes what waits, if anything. */
  flush(): void;
}

/**
 * When frames are written. A socket that was written to in this window or the one before waits for the end of the
 * window; to any other, a lone frame may be written at once, and those that wait for more of the same turn of the event
 * loop leave together at its end. One clock for all sockets, which stands still while none of them is used.
 */
export class FrameWindow {
  private current = 2;
  private used = false;
  private root = JoinedFrames.none();
  private thisTurn: FrameOutlet[] = [];
  private thisWindow: FrameOutlet[] = [];
  private ticking = false;
  private began = 0;

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
    return lastUsed < this.current - 1;
  }

  /** For an outlet that is written to without {@link use}. @returns what that would */
  pass(): number {
    this.used = true;
    if (!this.ticking) this.tick();
    return this.current;
  }

  private tick(): void {
    this.ticking = true;
    this.began = performance.now();
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
    if (due.length === 0) this.catchUp();
    this.flush(due, 0, goOn);
  };

  /**
   * Writing to many sockets can take longer than two windows. When no frame has come meanwhile, all are idle; else the
   * process is behind with its work, and frames are to be joined.
   */
  private catchUp(): void {
    if (performance.now() - this.began < 2 * this.ms) return;
    setImmediate(() => {
      if (this.thisWindow.length === 0) this.current += 2;
    });
  }

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
