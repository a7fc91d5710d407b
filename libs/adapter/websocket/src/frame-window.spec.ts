import { FrameWindow } from './frame-window';

class Outlet {
  flushes = 0;
  private lastUsed = 0;

  constructor(private readonly window: FrameWindow) {}

  use(): void {
    this.lastUsed = this.window.use(this, this.lastUsed);
  }

  get isIdle(): boolean {
    return this.window.isIdle(this.lastUsed);
  }

  flush(): void {
    this.flushes++;
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
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

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
    for (let n = 0; n < 5; n++) {
      outlet.use();
      await endOfTurn();
      jest.advanceTimersByTime(MS);
    }
    expect(outlet.flushes).toBe(5);
  });

  it('takes one for idle that was not used for two windows, whoever else is', async () => {
    const [busy, rare] = [new Outlet(window), new Outlet(window)];
    rare.use();
    for (let n = 0; n < 3; n++) {
      busy.use();
      await endOfTurn();
      jest.advanceTimersByTime(MS);
    }
    rare.use();
    await endOfTurn();
    expect(rare.flushes).toBe(2);
  });

  describe('that took twice as long, for all the writing', () => {
    const take = async (outlet: Outlet, meanwhile: () => void): Promise<void> => {
      outlet.use();
      await endOfTurn();
      jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 2 * MS);
      jest.advanceTimersByTime(MS);
      meanwhile();
      await new Promise((go) => setImmediate(go));
    };

    it('leaves everyone idle', async () => {
      const outlet = new Outlet(window);
      await take(outlet, () => undefined);
      expect(outlet.isIdle).toBe(true);
    });

    it('leaves them as they were when frames have come meanwhile', async () => {
      const [outlet, other] = [new Outlet(window), new Outlet(window)];
      other.use();
      await take(outlet, () => other.use());
      expect(outlet.isIdle).toBe(false);
    });
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
