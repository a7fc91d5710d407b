import { createHash } from 'node:crypto';

/**
 * Which lanes fall to a member. All who know the same members come to the same result, in which no member has two lanes
 * more than another, and few lanes change hands when a member comes or goes.
 */
export function shareOf(member: string, members: readonly string[], lanes: number): readonly number[] {
  const share = Math.ceil(lanes / members.length);
  let largerShares = lanes % members.length || members.length;
  const taken = new Map<string, number>();
  const mine: number[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const mayTake = (one: string): boolean => (taken.get(one) ?? 0) < share - (largerShares > 0 ? 0 : 1);
    const owner = ranked(members, lane).find(mayTake) ?? member;
    const count = (taken.get(owner) ?? 0) + 1;
    taken.set(owner, count);
    if (count === share) largerShares--;
    if (owner === member) mine.push(lane);
  }
  return mine;
}

/** In an order that is each lane's own, and no other when somebody joins or leaves. */
function ranked(members: readonly string[], lane: number): readonly string[] {
  const rank = (member: string): string => createHash('sha256').update(`${lane} ${member}`).digest('hex');
  return members
    .map((member) => ({ member, rank: rank(member) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ member }) => member);
}
