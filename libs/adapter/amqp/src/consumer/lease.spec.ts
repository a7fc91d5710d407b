import { ManualClock } from '@sendback/domain/runtime/testing';
import { Lease } from './lease';

describe('a lease', () => {
  it('holds as long as the broker has answered lately, counted from when it was asked', async () => {
    const clock = new ManualClock();
    const lease = new Lease(1_000, clock);
    await clock.advance(900);
    expect(lease.lost()).toBe(false);
    lease.renew(clock.now() - 500);
    await clock.advance(400);
    expect(lease.lost()).toBe(false);
    await clock.advance(100);
    expect(lease.lost()).toBe(true);
  });

  it('is lost for good', async () => {
    const clock = new ManualClock();
    const [late, ended] = [new Lease(1_000, clock), new Lease(1_000, clock)];
    ended.end();
    expect(ended.lost()).toBe(true);
    await clock.advance(1_000);
    expect(late.lost()).toBe(true);
    late.renew(clock.now());
    expect(late.lost()).toBe(true);
  });

  it('is no longer than what it was renewed for when the answer came too late', async () => {
    const clock = new ManualClock();
    const lease = new Lease(1_000, clock);
    const askedAt = clock.now();
    await clock.advance(2_000);
    lease.renew(askedAt);
    expect(lease.lost()).toBe(true);
  });
});
