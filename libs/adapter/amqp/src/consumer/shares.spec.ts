import { shareOf } from './shares';

const members = (count: number): string[] => Array.from({ length: count }, (_, n) => `member ${n}`);

const sharesOf = (all: readonly string[], lanes: number): (readonly number[])[] =>
  all.map((member) => shareOf(member, all, lanes));

describe('shares of the lanes', () => {
  it.each([
    [8, 1],
    [8, 2],
    [8, 3],
    [8, 5],
    [4, 3],
    [2, 5],
    [1, 4],
    [64, 7],
  ])('of %d lanes among %d members are all there is, and as even as can be', (lanes, count) => {
    const shares = sharesOf(members(count), lanes);
    expect(shares.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: lanes }, (_, lane) => lane));
    const sizes = shares.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it('do not depend on the order in which members are known', () => {
    const all = members(5);
    for (const member of all) {
      expect(shareOf(member, [...all].reverse(), 16)).toEqual(shareOf(member, all, 16));
    }
  });

  it('leave most lanes where they are when a member comes', () => {
    const before = sharesOf(members(4), 64);
    const after = sharesOf(members(5), 64);
    const moved = before.flatMap((lanes, member) => lanes.filter((lane) => !after[member]?.includes(lane)));
    expect(moved.length).toBeLessThan(32);
  });
});
