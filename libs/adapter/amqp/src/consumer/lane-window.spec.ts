import { encodeQueueMessage, MAX_DELIVERIES, type QueueMessage } from '@sendback/domain/messaging';
import { toLane } from '@sendback/domain/messaging/testing';
import { type Dead, LaneWindow, type Taken } from './lane-window';

const message = (messageId: string, attempt = 0): QueueMessage => ({
  messageId,
  broadcast: toLane(0, messageId),
  attempt,
  recipients: null,
});

/** A window, and what is done with it, by the ids of messages. */
function openWindow(): {
  add: (id: string, more?: { returns?: number; attempt?: number }) => void;
  addRaw: (body: string) => void;
  take: () => Taken;
  bury: () => Dead;
  window: LaneWindow;
} {
  const window = new LaneWindow();
  let tag = 0;
  return {
    window,
    add: (id, { returns = 0, attempt = 0 } = {}) =>
      window.add(++tag, Buffer.from(encodeQueueMessage(message(id, attempt))), returns),
    addRaw: (body) => window.add(++tag, Buffer.from(body), 0),
    take: () => {
      const next = window.next();
      if (!next || !('messages' in next)) throw new Error('no batch comes next');
      return next;
    },
    bury: () => {
      const next = window.next();
      if (!next || 'messages' in next) throw new Error('nothing is to be given up');
      return next;
    },
  };
}

const ids = ({ messages }: Taken): string[] => messages.map(({ messageId }) => messageId);

describe('what a consumer has of a lane', () => {
  it('comes in its order, and is settled up to the last of a batch', () => {
    const { add, take, window } = openWindow();
    for (const id of ['a', 'b', 'c']) add(id);
    const taken = take();
    expect(ids(taken)).toEqual(['a', 'b', 'c']);
    add('d');
    expect(window.remove(taken)).toBe(3);
    expect(ids(take())).toEqual(['d']);
    expect(window.size).toBe(1);
  });

  it('comes again when it was not settled, each message alone', () => {
    const { add, take, window } = openWindow();
    for (const id of ['a', 'b']) add(id);
    take();
    expect(ids(take())).toEqual(['a']);
    expect(window.remove(take())).toBe(1);
    expect(ids(take())).toEqual(['b']);
  });

  it('is nothing when nothing is there', () => {
    expect(openWindow().window.next()).toBeNull();
  });

  it(`is given up after ${MAX_DELIVERIES} times, the head alone`, () => {
    const { add, take, bury, window } = openWindow();
    for (const id of ['a', 'b']) add(id);
    for (let time = 0; time < MAX_DELIVERIES; time++) take();
    const dead = bury();
    expect(dead.reason).toContain(String(MAX_DELIVERIES));
    expect(JSON.parse(dead.body)).toMatchObject({ messageId: 'a' });
    expect(window.remove(dead)).toBe(1);
    expect(ids(take())).toEqual(['b']);
  });

  it('is given up where it does not parse, and does not hold up what is before and behind it', () => {
    const { add, addRaw, take, bury, window } = openWindow();
    add('a');
    addRaw('not JSON');
    add('b');
    const taken = take();
    expect(ids(taken)).toEqual(['a']);
    window.remove(taken);
    const dead = bury();
    expect([dead.body, dead.reason]).toEqual(['not JSON', expect.stringContaining('not a queue message')]);
    expect(window.remove(dead)).toBe(2);
    expect(ids(take())).toEqual(['b']);
  });

  describe('when consumers before it were lost', () => {
    it('comes together after the first time: most of it was only on its way', () => {
      const { add, take } = openWindow();
      for (const id of ['a', 'b', 'c']) add(id, { returns: 1 });
      expect(ids(take())).toEqual(['a', 'b', 'c']);
    });

    it('comes one by one from the second time on', () => {
      const { add, take } = openWindow();
      for (const id of ['a', 'b', 'c']) add(id, { returns: 2 });
      expect(ids(take())).toEqual(['a']);
    });

    it('is given up at the head, and not what had the bad luck to be behind it', () => {
      const { add, take, bury, window } = openWindow();
      for (const id of ['a', 'b', 'c']) add(id, { returns: MAX_DELIVERIES + 1 });
      expect(window.remove(bury())).toBe(1);
      const taken = take();
      expect(ids(taken)).toEqual(['b']);
      window.remove(taken);
      expect(ids(take())).toEqual(['c']);
    });
  });

  describe('with the same message twice', () => {
    it('has it once, and settles both', () => {
      const { add, take, window } = openWindow();
      for (const id of ['a', 'b', 'a', 'c', 'c']) add(id);
      const taken = take();
      expect(ids(taken)).toEqual(['a', 'b', 'c']);
      expect(window.remove(taken)).toBe(5);
    });

    it('has it once while its batch is in hand', () => {
      const { add, take, window } = openWindow();
      add('a');
      const taken = take();
      add('a');
      expect(window.remove(taken)).toBe(2);
      expect(window.next()).toBeNull();
    });

    it('has it twice when the first is about to be settled: it may be what came of that', () => {
      const { add, take, window } = openWindow();
      add('a');
      const taken = take();
      window.settling(taken);
      add('a');
      window.remove(taken);
      expect(ids(take())).toEqual(['a']);
    });

    it('has it once when the first could not be settled after all', () => {
      const { add, take, window } = openWindow();
      add('a');
      const taken = take();
      window.settling(taken);
      window.putBack(taken);
      add('a');
      expect(ids(take())).toEqual(['a']);
    });

    it('takes another attempt for another message', () => {
      const { add, take } = openWindow();
      add('a');
      add('a', { attempt: 1 });
      expect(ids(take())).toEqual(['a', 'a']);
    });
  });
});
