import { FrameWindow } from './frame-window';

class Outlet {
  flushes = 0;
  private lastUsed = 0;
  private due = false;

  constructor(private readonly window: FrameWindow) {}

  use(): void {
    if (this.due) return;
    this.due = true;
    this.lastUsed = this.window.use(this, this.lastUsed);
  }

  get isIdle(): boolean {
    return this.window.isIdle(this.lastUsed);
  }

  flush(): void {
    this.flushes++;
    this.due = false;
    this.lastUsed = this.window.pass();
  }
}

const MS = 10;
const endOfTurn = (): Promise<void> => Promise.resolve();

describe('a frame window', () => {
  let window: FrameWindow;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    window = new FrameWindow(MS);
  });
  afterEach(() => jest.useRealTimers());

  it('has an idle outlet flushed at the end of the turn, and not before', async () => {
    const outlet = new Outlet(window);
    outlet.use();
    expect(outlet.flushes).toBe(0);
    await endOfTurn();
    expect(outlet.flushes).toBe(1);
  });

  it('has one that is used again wait for the end of the window', async () => {
    const outlet = new Outlet(window);
    outlet.use();
    await endOfTurn();
    outlet.use();
    await endOfTurn();
    expect(outlet.flushes).toBe(1);
    jest.advanceTimersByTime(MS);
    expect(outlet.flushes).toBe(2);
  });

  it('has one that is used all the time flushed once a window', async () => {
    const outlet = new Outlet(window);
    const WINDOWS = 5;
    for (let n = 0; n < WINDOWS; n++) {
      for (let times = 0; times < 3; times++) {
        outlet.use();
        await endOfTurn();
      }
      jest.advanceTimersByTime(MS);
    }
    expect(outlet.flushes).toBe(1 + WINDOWS);
  });

  it('takes one for idle that was not written to in this window, whoever else is', async () => {
    const [busy, rare] = [new Outlet(window), new Outlet(window)];
    rare.use();
    busy.use();
    await endOfTurn();
    busy.use();
    jest.advanceTimersByTime(MS);
    expect([rare.isIdle, busy.isIdle]).toEqual([true, false]);
    rare.use();
    await endOfTurn();
    expect(rare.flushes).toBe(2);
  });

  it('stands still when nobody uses it, and takes everyone for idle then', async () => {
    const outlet = new Outlet(window);
    outlet.use();
    await endOfTurn();
    jest.advanceTimersByTime(3 * MS);
    expect(jest.getTimerCount()).toBe(0);
    outlet.use();
    await endOfTurn();
    expect(outlet.flushes).toBe(2);
  });

  it('flushes thousands, and lets others have their turn meanwhile', async () => {
    jest.useRealTimers();
    const outlets = Array.from({ length: 2_300 }, () => new Outlet(window));
    for (const outlet of outlets) outlet.use();
    await endOfTurn();
    for (const outlet of outlets) outlet.use();
    const steps = new Set<number>();
    for (let flushed = 0; flushed < outlets.length;) {
      await new Promise((go) => setImmediate(go));
      flushed = outlets.filter(({ flushes }) => flushes === 2).length;
      if (flushed > 0) steps.add(flushed);
    }
    expect([...steps]).toEqual([500, 1_000, 1_500, 2_000, 2_300]);
  });

  it('is none of zero length', () => {
    expect([new FrameWindow(0).isOpen, window.isOpen]).toEqual([false, true]);
  });
});
