import { QueueUnavailable } from '@sendback/domain/messaging';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { type OpenTestDatabase, openTestDatabase, testEngines } from '../testing/engines';
import type { LaneLease } from './lane-lease';
import { LaneShares } from './lane-shares';

const LANES = 8;
const all = Array.from({ length: LANES }, (_, lane) => lane);
const idle = (): boolean => false;

describe.each(testEngines())('shares of the lanes on $name', (engine) => {
  let open: OpenTestDatabase;
  beforeEach(async () => {
    open = await openTestDatabase(engine, 'application');
  });
  afterEach(() => open.close());

  const join = (leaseMs = 60_000, clock = new ManualClock()): LaneShares =>
    new LaneShares(open.database.access(QueueUnavailable), LANES, leaseMs, clock);
  const leasesOf = (shares: LaneShares): LaneLease[] => all.flatMap((lane) => shares.get(lane) ?? []);
  const lanesOf = (shares: LaneShares): number[] => leasesOf(shares).map(({ lane }) => lane);
  const refreshTwice = async (...consumers: LaneShares[]): Promise<void> => {
    for (const shares of [...consumers, ...consumers]) await shares.refresh(idle);
  };

  it('are all for one', async () => {
    const one = join();
    await one.refresh(idle);
    expect(lanesOf(one)).toEqual(all);
  });

  it('are even, whoever comes and goes, and no lane is in two of them', async () => {
    const [one, two, three] = [join(), join(), join()];
    await refreshTwice(one, two);
    expect([one, two].map((shares) => lanesOf(shares).length)).toEqual([4, 4]);
    await refreshTwice(one, two, three);
    expect([one, two, three].map((shares) => lanesOf(shares).length).sort()).toEqual([2, 3, 3]);
    expect([one, two, three].flatMap(lanesOf).sort()).toEqual(all);
    two.leave();
    await two.refresh(idle);
    await refreshTwice(one, three);
    expect([one, two, three].map((shares) => lanesOf(shares).length)).toEqual([4, 0, 4]);
  });

  it('are not of more consumers than there are lanes', async () => {
    const consumers = Array.from({ length: LANES + 2 }, () => join());
    await refreshTwice(...consumers);
    expect(consumers.map((shares) => lanesOf(shares).length).sort()).toEqual([0, 0, ...all.map(() => 1)]);
  });

  it('stay apart when all ask at the same time', async () => {
    const consumers = Array.from({ length: 4 }, () => join());
    for (let round = 0; round < 4; round++)
      await Promise.all(consumers.map((shares) => shares.refresh(idle)));
    expect(consumers.flatMap(lanesOf).sort()).toEqual(all);
  });

  it('give back a lane with a batch in hand only when that is settled', async () => {
    const [one, two] = [join(), join()];
    await one.refresh(idle);
    await two.refresh(idle);
    await one.refresh(() => true);
    expect(lanesOf(one)).toEqual(all);
    const surplus = leasesOf(one).filter((lease) => lease.surplus);
    expect(surplus).toHaveLength(4);
    for (const lease of surplus) await one.giveBack(lease);
    await two.refresh(idle);
    expect(lanesOf(two)).toEqual(surplus.map(({ lane }) => lane));
  });

  it('shrink to what is in hand when a consumer leaves', async () => {
    const [one, two] = [join(), join()];
    await one.refresh(idle);
    one.leave();
    await one.refresh((lane) => lane === 5);
    expect(lanesOf(one)).toEqual([5]);
    await two.refresh(idle);
    expect(lanesOf(two)).toEqual(all.filter((lane) => lane !== 5));
    await one.refresh(idle);
    await two.refresh(idle);
    expect(lanesOf(two)).toEqual(all);
  });

  it('are lost by this process’s clock before anybody else can have them, and for good', async () => {
    const clock = new ManualClock();
    const one = join(60_000, clock);
    await one.refresh(idle);
    const [lease] = leasesOf(one);
    await clock.advance(59_999);
    expect(lease?.lost()).toBe(false);
    await clock.advance(1);
    expect(lease?.lost()).toBe(true);
    expect(lanesOf(one)).toEqual([]);
    await one.refresh(idle);
    expect(lease?.lost()).toBe(true);
  });

  it('are taken over when their leases have run out, except where an earlier batch is still in hand', async () => {
    const dead = join(1);
    await dead.refresh(idle);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const heir = join();
    await heir.refresh((lane) => lane === 3);
    expect(lanesOf(heir)).toEqual(all.filter((lane) => lane !== 3));
  });
});
