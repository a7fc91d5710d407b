import { ManualClock } from './clock.manual';

describe('ManualClock', () => {
  it('stands still until it is advanced, and then calls what falls due in order of time', async () => {
    const clock = new ManualClock(1_000);
    const calls: string[] = [];
    clock.after(20, () => calls.push(`second at ${clock.now()}`));
    clock.after(10, () => calls.push(`first at ${clock.now()}`));
    clock.after(31, () => calls.push('too late'));
    expect(calls).toEqual([]);
    await clock.advance(30);
    expect(calls).toEqual(['first at 1010', 'second at 1020']);
    expect(clock.now()).toBe(1_030);
  });

  it('calls what a callback, or a promise that it settled, schedules within the time', async () => {
    const clock = new ManualClock();
    const called = jest.fn();
    clock.after(10, () => void Promise.resolve().then(() => clock.after(10, called)));
    await clock.advance(20);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('does not call what was cancelled', async () => {
    const clock = new ManualClock();
    const called = jest.fn();
    clock.after(10, called).cancel();
    await clock.advance(10);
    expect(called).not.toHaveBeenCalled();
  });
});
