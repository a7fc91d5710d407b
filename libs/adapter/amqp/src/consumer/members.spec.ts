import { ManualClock } from '@sendback/domain/runtime/testing';
import { Members } from './members';

describe('the members that share the lanes', () => {
  it('are those that were heard of lately, and always oneself', async () => {
    const clock = new ManualClock();
    const members = new Members('me', 3_000, clock);
    expect(members.live()).toEqual(['me']);
    members.heard('one');
    await clock.advance(2_000);
    members.heard('two');
    expect(members.live()).toEqual(['me', 'one', 'two']);
    await clock.advance(2_000);
    expect(members.live()).toEqual(['me', 'two']);
    members.left('two');
    expect(members.live()).toEqual(['me']);
  });

  it('are new once, and again after they have left or were silent for too long', async () => {
    const clock = new ManualClock();
    const members = new Members('me', 3_000, clock);
    expect([members.heard('one'), members.heard('one')]).toEqual([true, false]);
    members.left('one');
    expect(members.heard('one')).toBe(true);
    await clock.advance(4_000);
    expect(members.live()).toEqual(['me']);
    expect(members.heard('one')).toBe(true);
  });

  it('are no more than can be', () => {
    const members = new Members('me', 3_000, new ManualClock());
    for (let n = 0; n < 5_000; n++) members.heard(`member ${n}`);
    expect(members.live()).toHaveLength(1_001);
  });
});
