import { GivenIds, RecentIds, REMEMBERED_IDS } from './recent-ids';

describe('the ids a connection was given', () => {
  it('are known whatever the order they came in', () => {
    const given = new GivenIds();
    const numbers = [5, 1, 4_000, 3_999, 64, 63, 4_096];
    for (const number of numbers) given.add(number);
    for (const number of numbers) expect(given.has(number)).toBe(true);
    for (const number of [2, 4, 6, 62, 65, 3_998, 4_001, 5_000]) expect(given.has(number)).toBe(false);
  });

  it('agree with a plain set over a long random walk', () => {
    const given = new GivenIds();
    const all = new Set<number>();
    let newest = 0;
    let wrong = 0;
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 50_000; step++) {
      newest += random(10) === 0 ? random(6_000) : random(3);
      const number = Math.max(1, newest - random(REMEMBERED_IDS));
      if (newest - number < REMEMBERED_IDS && random(2) === 0) {
        given.add(number);
        all.add(number);
      }
      const probe = Math.max(1, newest - random(REMEMBERED_IDS));
      if (given.has(probe) !== all.has(probe)) wrong++;
    }
    expect(all.size).toBeGreaterThan(10_000);
    expect(wrong).toBe(0);
  });

  it('do not come back when a number is older than the memory', () => {
    const given = new GivenIds();
    given.add(10_000);
    given.add(10_000 - REMEMBERED_IDS);
    expect(given.has(10_000 - REMEMBERED_IDS)).toBe(false);
    expect(given.has(10_000)).toBe(true);
  });
});

describe('the numbers of ids', () => {
  it('stay the same while they are remembered, and are never used again', () => {
    const recent = new RecentIds();
    const first = recent.number('a');
    for (let i = 1; i < REMEMBERED_IDS; i++) recent.number(`b${i}`);
    expect(recent.number('a')).toBe(first);
    recent.number('c');
    expect(recent.number('a')).toBe(first + REMEMBERED_IDS + 1);
  });
});
