import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { CryptoIdSource } from './crypto-id-source';
import { SystemClock } from './system-clock';

describe('SystemClock', () => {
  const clock = new SystemClock();

  it('tells the time in milliseconds since the epoch', () => {
    const before = Date.now();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });

  it('calls once, not before its time and never at once', async () => {
    const called = jest.fn();
    clock.after(0, called);
    expect(called).not.toHaveBeenCalled();
    await new Promise<void>((resolve) => {
      const start = performance.now();
      clock.after(30, () => {
        expect(performance.now() - start).toBeGreaterThanOrEqual(28);
        resolve();
      });
      void wait(5_000, null, { ref: false });
    });
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('lets input and output go on between calls that are due at once', async () => {
    let turns = 0;
    let read = false;
    void readFile(__filename).then(() => (read = true));
    await new Promise<void>((resolve) => {
      const next = (): void => {
        turns++;
        if (read) resolve();
        else clock.after(0, next);
      };
      clock.after(0, next);
    });
    expect(turns).toBeGreaterThan(0);
  });

  it('does not call what was cancelled, nor what is due after the end of time', async () => {
    const called = jest.fn();
    const timer = clock.after(5, called);
    timer.cancel();
    timer.cancel();
    clock.after(0, called).cancel();
    const far = clock.after(Number.MAX_SAFE_INTEGER, called);
    await wait(30);
    far.cancel();
    expect(called).not.toHaveBeenCalled();
  });
});

describe('CryptoIdSource', () => {
  const ids = new CryptoIdSource();

  it('gives hexadecimal ids of the asked length, all different', () => {
    const all = Array.from({ length: 1_000 }, () => ids.hex(16));
    expect(all.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(all).size).toBe(1_000);
    expect(new Set(all.map((id) => id[0])).size).toBe(16);
  });

  it('gives UUIDs', () => {
    expect(ids.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
